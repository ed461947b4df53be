import type { EmbeddedMediaServer } from '../media-server/embedded.js';
import type { TranscodeResult } from '../transcoder/result.js';
import { Transcoder } from '../transcoder/transcoder.js';

import { parseCommandLine, number, wholeNumber } from './command-line.js';
import { exitCodeOf, exitCodes, type Command } from './command.js';
import { duration, latency } from './figures.js';
import { printable } from './ink.js';
import { Interruption } from './interruption.js';
import { openReport } from './open-report.js';
import type { JobReport } from './job-report.js';
import { UsageError } from './usage-error.js';

const defaultPorts = { rtmp: 1935, http: 8000 };

const help = `millrace demo [--source URL|FILE] [--seconds N]

Everything live video needs, in one process: a media server (RTMP in, RTMP and HTTP-FLV out), a synthetic
source published to it, and a transcoder that pulls the source and publishes a three-rung ladder back.
Prints what to open in a player, and how each rendition does. Ctrl-C ends it.

      --source URL|FILE   transcode this instead of the synthetic source; a file as fast as it goes
      --seconds N         end by itself after N seconds of transcoding
      --host ADDRESS      listen there; nobody is asked for a password      [127.0.0.1]
      --rtmp-port N       0 takes any free port     [${defaultPorts.rtmp}, or any free one if it is taken]
      --http-port N       0 takes any free port     [${defaultPorts.http}, or any free one if it is taken]
      --json              every event as a line of JSON on the standard output
      --verbose           the log lines of the libraries inside too

Exit code: 0 the ladder was delivered, 1 it failed, 2 usage, 130 Ctrl-C, 143 SIGTERM.
`;

const sourcePath = '/live/source';
const syntheticSource = 'testpattern:1280x720@30';
const ladder = [
  { name: '720p', profile: { width: 1280, height: 720, bitrate: 2_500_000 } },
  { name: '480p', profile: { width: 854, height: 480, bitrate: 1_200_000 } },
  { name: '360p', profile: { width: 640, height: 360, bitrate: 700_000 } },
] as const;

export const command: Command = { help, run };

interface DemoArguments {
  source: string | undefined;
  seconds: number | undefined;
  host: string;
  rtmpPort: number | undefined;
  httpPort: number | undefined;
  json: boolean;
  verbose: boolean;
}

async function run(args: string[]): Promise<number> {
  const wanted = parse(args);
  const server = await startServer(wanted);
  const report = openReport({ json: wanted.json, quiet: false, verbose: wanted.verbose });
  const breakOff = new AbortController();
  const ending = new AbortController();
  const interruption = new Interruption({
    end: () => {
      ending.abort();
    },
    breakOff: () => {
      breakOff.abort();
    },
  });
  try {
    const source = wanted.source === undefined ? publishSource(server, breakOff.signal) : undefined;
    try {
      await untilPublished(server, source, AbortSignal.any([ending.signal, breakOff.signal]));
      const result = await runLadder(wanted, server, report, ending, breakOff.signal);
      report.close();
      if (!wanted.json) process.stderr.write(summary(result));
      await source?.stop();
      return interruption.exitCode ?? exitCodeOf(result);
    } finally {
      await source?.[Symbol.asyncDispose]();
    }
  } catch (error) {
    if (ending.signal.aborted || breakOff.signal.aborted) report.brokenOff();
    else report.failed(error);
    return interruption.exitCode ?? exitCodes.failed;
  } finally {
    interruption.release();
    report.close();
    await server.close();
  }
}

function parse(args: string[]): DemoArguments {
  const { values, positionals } = parseCommandLine(args, {
    source: { type: 'string' },
    seconds: { type: 'string' },
    host: { type: 'string' },
    'rtmp-port': { type: 'string' },
    'http-port': { type: 'string' },
    json: { type: 'boolean' },
    verbose: { type: 'boolean' },
  });
  if (positionals.length > 0) throw new UsageError('millrace demo takes options only; a source goes with --source.');
  const port = (option: 'rtmp-port' | 'http-port') =>
    values[option] === undefined ? undefined : wholeNumber(`--${option}`, values[option], { min: 0, max: 65_535 });
  return {
    source: values.source,
    seconds: values.seconds === undefined ? undefined : number('--seconds', values.seconds, { min: 0.1, max: 1e7 }),
    host: values.host ?? '127.0.0.1',
    rtmpPort: port('rtmp-port'),
    httpPort: port('http-port'),
    json: values.json ?? false,
    verbose: values.verbose ?? false,
  };
}

/** On the ports asked for, or else on the usual ones, or else on any that are free. */
async function startServer({ host, rtmpPort, httpPort }: DemoArguments): Promise<EmbeddedMediaServer> {
  // Loaded when there is something to serve: it takes a third of a second.
  const { EmbeddedMediaServer } = await import('../media-server/embedded.js');
  const usual = { rtmpPort: rtmpPort ?? defaultPorts.rtmp, httpPort: httpPort ?? defaultPorts.http };
  const free = { rtmpPort: rtmpPort ?? 0, httpPort: httpPort ?? 0 };
  try {
    return await EmbeddedMediaServer.start({ host, ...usual }).catch((error: unknown) => {
      if (isSystemError(error) && error.code === 'EADDRINUSE') return EmbeddedMediaServer.start({ host, ...free });
      throw error;
    });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new Error(`The media server cannot listen on ${host}. ${listenRemedy(error)}`, { cause: error });
  }
}

function listenRemedy({ code }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE')
    return 'Another program has that port: end it, or choose another with --rtmp-port and --http-port.';
  if (code === 'EACCES') return 'Ports below 1024 are for root: choose another with --rtmp-port and --http-port.';
  return '--host takes an address of this machine, such as 127.0.0.1 or 0.0.0.0.';
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function publishSource(server: EmbeddedMediaServer, signal: AbortSignal): Transcoder {
  return new Transcoder({
    input: syntheticSource,
    renditions: [
      {
        name: 'source',
        profile: { width: 1280, height: 720, bitrate: 4_000_000 },
        output: server.rtmpUrl + sourcePath,
      },
    ],
    audio: 'aac',
    signal,
  });
}

/** The synthetic source runs and viewers can have it. Rejects when it fails before, or when the signal is aborted. */
async function untilPublished(
  server: EmbeddedMediaServer,
  source: Transcoder | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (source === undefined) return;
  const waiting = new AbortController();
  const failed = source.run().then(() => {
    throw new Error('The synthetic source ended before it was published.');
  });
  try {
    await Promise.race([server.published(sourcePath, AbortSignal.any([signal, waiting.signal])), failed]);
  } finally {
    failed.catch(() => undefined);
    waiting.abort();
  }
}

async function runLadder(
  { source, seconds, json }: DemoArguments,
  server: EmbeddedMediaServer,
  report: JobReport,
  ending: AbortController,
  signal: AbortSignal,
): Promise<TranscodeResult> {
  const transcoder = new Transcoder({
    input: source ?? `${server.httpUrl}${sourcePath}.flv`,
    renditions: ladder.map((rung) => ({ ...rung, output: `${server.rtmpUrl}/live/${rung.name}` })),
    signal,
  });
  const end = () => {
    transcoder.stop().catch(() => undefined);
  };
  ending.signal.addEventListener('abort', end, { once: true });
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const event of transcoder) {
      if (event.type === 'started') {
        announce(server, source === undefined, json, report);
        if (seconds !== undefined) timer = setTimeout(end, seconds * 1000);
      }
      report.event(event);
      if (event.type === 'ended') return event.result;
    }
  } finally {
    clearTimeout(timer);
    ending.signal.removeEventListener('abort', end);
  }
  throw new Error('The ladder ended without a result.');
}

/** Where the streams can be seen: the source, if it is the synthetic one, and every rendition. */
function announce(server: EmbeddedMediaServer, withSource: boolean, json: boolean, report: JobReport): void {
  const names = [...(withSource ? ['source'] : []), ...ladder.map(({ name }) => name)];
  const play = names.map((name) => ({
    name,
    flv: `${server.httpUrl}/live/${name}.flv`,
    rtmp: `${server.rtmpUrl}/live/${name}`,
  }));
  if (json) {
    process.stdout.write(`${JSON.stringify({ type: 'published', streams: play })}\n`);
    return;
  }
  const urls = play.map(({ name, flv, rtmp }) => `  ${name.padEnd(8)}${flv}   ${rtmp}`);
  report.remark(`Open one of these in a player, for instance with ffplay -fflags nobuffer URL:\n${urls.join('\n')}`);
}

function summary({ elapsedMs, renditions }: TranscodeResult): string {
  const lines = renditions.map((rendition) => {
    const { framesOut, framesDropped, gopsDropped } = rendition;
    const { p50Ms, p99Ms } = rendition.latency ?? {};
    const loss =
      framesDropped + gopsDropped === 0 ? 'nothing dropped' : `dropped ${framesDropped} frames, ${gopsDropped} GOPs`;
    return `  ${printable(rendition.name).padEnd(8)}${framesOut} frames, latency ${latency(p50Ms)} median, ${latency(p99Ms)} p99, ${loss}`;
  });
  return `Transcoded for ${duration(elapsedMs)}:\n${lines.join('\n')}\n`;
}
