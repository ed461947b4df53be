import { readFileSync } from 'node:fs';

import { exitCodes, type Command } from './command.js';
import { failureText } from './failure-text.js';
import { UsageError, nearest } from './usage-error.js';

const commands: Record<string, { summary: string; load: () => Promise<{ command: Command }> }> = {
  transcode: { summary: 'one source in, a ladder of renditions out', load: () => import('./transcode.js') },
  node: {
    summary: 'the network daemon: broadcaster, orchestrator, transcoder, or several',
    load: () => import('./node.js'),
  },
  verify: { summary: 'check receipts, and copies of the media against them', load: () => import('./verify.js') },
  attest: { summary: 'sign what a source has, for its broadcaster', load: () => import('./attest.js') },
  devices: { summary: 'what this machine can decode, scale and encode on', load: () => import('./devices.js') },
  demo: { summary: 'the whole network on this machine, with a live source', load: () => import('./demo.js') },
  bench: { summary: 'measure this machine, side by side with ffmpeg', load: () => import('./bench.js') },
  ledger: { summary: 'what an orchestrator won, and its receipts', load: () => import('./ledger.js') },
};

/** Runs the command line and gives the exit code. Never throws. */
export async function main(args: string[]): Promise<number> {
  // A reader that has seen enough (`| head`) closes the pipe: that ends the talk, not the work.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe);
  const [name, ...rest] = args;
  try {
    if (name === undefined) {
      process.stderr.write(overview());
      return exitCodes.usage;
    }
    if (['--help', '-h', 'help'].includes(name)) return await help(rest[0]);
    if (['--version', '-v', 'version'].includes(name)) return say(`${version()}\n`);
    const command = await load(name);
    if (rest.includes('--help') || rest.includes('-h')) return say(command.help);
    return await command.run(rest);
  } catch (error) {
    process.stderr.write(failureText(error, process.stderr));
    if (!(error instanceof UsageError)) return exitCodes.failed;
    const topic = name !== undefined && name in commands ? ` ${name}` : '';
    process.stderr.write(`  to do   millrace${topic} --help shows how it is used.\n`);
    return exitCodes.usage;
  }
}

async function help(topic: string | undefined): Promise<number> {
  return say(topic === undefined ? overview() : (await load(topic)).help);
}

async function load(name: string): Promise<Command> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry !== undefined) return (await entry.load()).command;
  const meant = nearest(name, Object.keys(commands));
  const hint = meant === undefined ? '' : ` Did you mean “millrace ${meant}”?`;
  throw new UsageError(`There is no command “${name}”.${hint}`);
}

function say(text: string): number {
  process.stdout.write(text);
  return exitCodes.ok;
}

function overview(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`);
  return `millrace ${version()}: transcodes live video with the latency of a wire

millrace COMMAND …

${lines.join('\n')}

  millrace COMMAND --help    how a command is used
  millrace --version         which version this is
`;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
