import { devices, type DeviceReport, type GpuReport } from '../transcoder/devices.js';
import { selfTest } from '../transcoder/self-test/self-test.js';

import { exitCodes, type Command } from './command.js';
import { number, parseCommandLine } from './command-line.js';
import { printable } from './ink.js';
import { Interruption } from './interruption.js';
import { selfTestTable } from './self-test-table.js';
import { UsageError } from './usage-error.js';

const help = `millrace devices [--json] [--self-test [--sessions N]]

Asks the driver which GPUs this machine has and what their units can do, and tells what the CPU build offers.
A machine without a GPU is an answer, not an error.

      --json         the report as one JSON object
      --self-test    try them: a few seconds of generated video through every stage of the CPU and of each GPU, whose
                     pictures are compared with the CPU's. Some ten seconds for each
      --sessions N   how many encoders to open at once on a GPU, at most; 0 to 64        [8]

Exit code: 0, 1 when the self-test found pictures that are wrong or a GPU that fails, 2 usage, 130 Ctrl-C.
`;

export const command: Command = { help, run };

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args, {
    json: { type: 'boolean' },
    'self-test': { type: 'boolean' },
    sessions: { type: 'string' },
  });
  if (positionals.length > 0) throw new UsageError(`millrace devices takes no “${positionals.join(' ')}”.`);
  if (values['self-test']) return tryThem(values.sessions, values.json ?? false);
  if (values.sessions !== undefined) throw new UsageError('--sessions is for the --self-test.');
  const report = await devices();
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : describe(report));
  return exitCodes.ok;
}

async function tryThem(sessions: string | undefined, json: boolean): Promise<number> {
  const mostSessions = sessions === undefined ? 8 : number('--sessions', sessions, { min: 0, max: 64 });
  if (!Number.isInteger(mostSessions)) throw new UsageError('--sessions takes a whole number.');
  const breakOff = new AbortController();
  const interruption = new Interruption({
    end: () => {
      breakOff.abort();
    },
    breakOff: () => undefined,
  });
  try {
    const report = await selfTest({ mostSessions, signal: breakOff.signal });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : selfTestTable(report));
    return report.places.some(({ problem }) => problem !== undefined) ? exitCodes.failed : exitCodes.ok;
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw error;
  } finally {
    interruption.release();
  }
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
