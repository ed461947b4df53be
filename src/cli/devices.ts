import { devices, type DeviceReport, type GpuReport } from '../transcoder/devices.js';

import { exitCodes, type Command } from './command.js';
import { parseCommandLine } from './command-line.js';
import { printable } from './ink.js';
import { UsageError } from './usage-error.js';

const help = `millrace devices [--json]

Asks the driver which GPUs this machine has and what their units can do, and tells what the CPU build offers.
A machine without a GPU is an answer, not an error.

      --json   the report as one JSON object
`;

export const command: Command = { help, run };

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args, { json: { type: 'boolean' } });
  if (positionals.length > 0) throw new UsageError(`millrace devices takes no “${positionals.join(' ')}”.`);
  const report = await devices();
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : describe(report));
  return exitCodes.ok;
}

function describe({ gpus, gpuProblem, cpu, ffmpeg }: DeviceReport): string {
  const lines = gpus.flatMap(describeGpu);
  if (gpuProblem !== undefined) lines.push(`GPU     none: ${printable(gpuProblem)}`);
  lines.push(
    `CPU     ${cpu.cores} cores`,
    `        decodes ${listed(cpu.decodes)}`,
    `        encodes ${listed(cpu.encodes)}`,
    `FFmpeg  ${ffmpeg.version}, ${ffmpeg.license}`,
  );
  return `${lines.join('\n')}\n`;
}

function describeGpu({ index, name, decodes, scales, encodes }: GpuReport): string[] {
  return [
    `GPU ${index}   ${printable(name)}  (--accel nvidia:${index})`,
    `        decodes ${listed(decodes)}`,
    `        scales  ${scales ? 'yes' : 'no'}`,
    `        encodes ${listed(encodes)}`,
  ];
}

function listed(codecs: readonly string[]): string {
  return codecs.length === 0 ? 'nothing' : codecs.join(', ');
}
