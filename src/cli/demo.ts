import { Transcoder } from '../transcoder/transcoder.js';

import { parseCommandLine, number, wholeNumber } from './command-line.js';
import { exitCodes, type Command } from './command.js';
import { DemoReport } from './demo/demo-report.js';
import { DemoNetwork, type DemoAddresses, type DemoNetworkOptions } from './demo/network.js';
import { cancel, notify, type NotifiedStream } from './demo/notified-job.js';
import { Interruption } from './interruption.js';
import { UsageError } from './usage-error.js';

const defaultPorts = { rtmp: 1935, http: 8000 };

const help = `millrace demo [--chaos] [--seconds N] [--source URL]

The whole network on this machine, each role a process of its own: a broadcaster with a media server inside (RTMP in,
RTMP and HTTP-FLV out), an orchestrator and two transcoders. A synthetic live stream is published to the media
server and notified to the broadcaster; a transcoder pulls it and publishes a three-rung ladder back. Prints what to
open in a player, and how each rendition does. Ctrl-C ends it.

      --chaos             kill the transcoder that is at work every ten seconds, to see another one take over
      --source URL        transcode this live stream instead of the synthetic one
      --seconds N         end by itself after N seconds of transcoding
      --host ADDRESS      the media server listens there; nobody is asked for a password      [127.0.0.1]
      --rtmp-port N       0 takes any free port     [${defaultPorts.rtmp}, or any free one if it is taken]
      --http-port N       0 takes any free port     [${defaultPorts.http}, or any free one if it is taken]
      --json              every event as a line of JSON on the standard output, as the broadcaster tells them

Exit code: 0 the ladder was delivered, 1 it failed, 2 usage, 130 Ctrl-C, 143 SIGTERM.
`;

const sourcePath = '/live/source';
const jobPath = '/live/demo/0';
const outputPath = '/live/ladder';
const syntheticSource = 'testpattern:1280x720@30';
const ladder = [
  { name: '720p', width: 1280, height: 720, bitrate: 2_500_000, fps: 0, gop: '1.0' },
  { name: '480p', width: 854, height: 480, bitrate: 1_200_000, fps: 0, gop: '1.0' },
  { name: '360p', width: 640, height: 360, bitrate: 700_000, fps: 0, gop: '1.0' },
] as const;
const ladderPixelsPerSecond = ladder.reduce((sum, { width, height }) => sum + width * height * 30, 0);
const chaosEveryMs = 10_000;

export const command: Command = { help, run };

interface DemoArguments {
  source: string | undefined;
  seconds: number | undefined;
  host: string;
  rtmpPort: number | undefined;
  httpPort: number | undefined;
  chaos: boolean;
  json: boolean;
}

async function run(args: string[]): Promise<number> {
  const wanted = parse(args);
  const report = new DemoReport({ json: wanted.json, ladder: ladder.map(({ name }) => name) });
  const ending = new AbortController();
  const breakOff = new AbortController();
  const interruption = new Interruption({
    end: () => {
      ending.abort();
    },
    breakOff: () => {
      breakOff.abort();
    },
  });
  try {
    await using network = await startNetwork(wanted, report, AbortSignal.any([ending.signal, breakOff.signal]));
    const { rtmpUrl } = network.addresses;
    await using source = wanted.source === undefined ? publishSource(rtmpUrl, breakOff.signal) : undefined;
    const failed = source?.run().then(() => {
      throw new Error('The synthetic source ended.');
    });
    failed?.catch(() => undefined);
    const delivered = transcode(wanted, network, report, ending, breakOff.signal);
    const isDelivered = await (failed === undefined ? delivered : Promise.race([delivered, failed]));
    return interruption.exitCode ?? (isDelivered ? exitCodes.ok : exitCodes.failed);
  } catch (error) {
    if (!ending.signal.aborted && !breakOff.signal.aborted) report.failed(error);
    return interruption.exitCode ?? exitCodes.failed;
  } finally {
    report.close();
    interruption.release();
  }
}

function parse(args: string[]): DemoArguments {
  const { values, positionals } = parseCommandLine(args, {
    source: { type: 'string' },
    seconds: { type: 'string' },
    host: { type: 'string' },
    'rtmp-port': { type: 'string' },
    'http-port': { type: 'string' },
    chaos: { type: 'boolean' },
    json: { type: 'boolean' },
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
    chaos: values.chaos ?? false,
    json: values.json ?? false,
  };
}

/** On the ports asked for, or else on the usual ones, or else on any that are free. */
async function startNetwork(wanted: DemoArguments, report: DemoReport, signal: AbortSignal): Promise<DemoNetwork> {
  const { host, rtmpPort, httpPort } = wanted;
  const options: Omit<DemoNetworkOptions, 'rtmpPort' | 'httpPort'> = {
    host,
    pixelsPerSecond: 2 * ladderPixelsPerSecond,
    onTranscoder: (name, is) => {
      report.transcoder(name, is);
    },
  };
  const usual = { rtmpPort: rtmpPort ?? defaultPorts.rtmp, httpPort: httpPort ?? defaultPorts.http };
  const free = { rtmpPort: rtmpPort ?? 0, httpPort: httpPort ?? 0 };
  try {
    return await DemoNetwork.start({ ...options, ...usual }, signal).catch((error: unknown) => {
      if (isPortTaken(error)) return DemoNetwork.start({ ...options, ...free }, signal);
      throw error;
    });
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    throw new Error(
      `The media server cannot listen on ${host}. Another program has that port: end it, or choose another with ` +
        '--rtmp-port and --http-port.',
      { cause: error },
    );
  }
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && error.message.includes('EADDRINUSE');
}

function publishSource(rtmpUrl: string, signal: AbortSignal): Transcoder {
  return new Transcoder({
    input: syntheticSource,
    renditions: [
      {
        name: 'source',
        profile: { width: 1280, height: 720, bitrate: 4_000_000, gop: 1 },
        output: rtmpUrl + sourcePath,
      },
    ],
    audio: 'aac',
    signal,
  });
}

/** Whether the ladder was delivered, to its end or to where it was ended. */
async function transcode(
  { source, seconds, chaos }: DemoArguments,
  network: DemoNetwork,
  report: DemoReport,
  ending: AbortController,
  signal: AbortSignal,
): Promise<boolean> {
  const stream = streamOf(network.addresses, source);
  const end = (): void => {
    cancel(stream).catch(() => undefined); // a broadcaster that is gone has told so already
  };
  ending.signal.addEventListener('abort', end, { once: true });
  const timers: NodeJS.Timeout[] = [];
  let atWork: string | undefined;
  let isDelivered = false;
  let urls: readonly string[] = [];
  const sending = new Set<string>();
  try {
    for await (const event of notify(
      stream,
      AbortSignal.any([signal, ...(ending.signal.aborted ? [ending.signal] : [])]),
    )) {
      report.event(event);
      if (event.event === 'accepted') atWork = event.transcoder;
      if (event.event === 'urls') urls = event.urls;
      if (event.event === 'first-frame' && sending.add(event.rendition).size === ladder.length && urls.length > 0) {
        report.published(
          playable(network.addresses, source, urls),
          `${network.addresses.broadcasterUrl}${jobPath}/receipts`,
        );
        urls = [];
        if (seconds !== undefined) timers.push(setTimeout(end, seconds * 1000));
        const strike = (): void => {
          if (atWork !== undefined) network.kill(atWork);
        };
        if (chaos) timers.push(setInterval(strike, chaosEveryMs));
      }
      isDelivered = event.event === 'finished' || (event.event === 'cancelled' && event.outputs === 'finished');
    }
  } finally {
    for (const timer of timers) clearInterval(timer);
    ending.signal.removeEventListener('abort', end);
  }
  return isDelivered;
}

function streamOf({ broadcasterUrl, rtmpUrl, httpUrl }: DemoAddresses, source: string | undefined): NotifiedStream {
  return {
    url: `${broadcasterUrl}${jobPath}.ts`,
    inputUrl: source ?? `${httpUrl}${sourcePath}.flv`,
    outputUrl: rtmpUrl + outputPath,
    profiles: ladder,
  };
}

/** Where the streams can be seen: the source, if it is the synthetic one, and every rendition. */
function playable({ rtmpUrl, httpUrl }: DemoAddresses, source: string | undefined, urls: readonly string[]) {
  const flvOf = (rtmp: string) => `${httpUrl}${rtmp.slice(rtmpUrl.length)}.flv`;
  const ofSource = source === undefined ? [{ name: 'source', rtmp: rtmpUrl + sourcePath }] : [];
  const ofLadder = urls.map((rtmp, index) => ({ name: ladder[index]?.name ?? '', rtmp }));
  return [...ofSource, ...ofLadder].map(({ name, rtmp }) => ({ name, rtmp, flv: flvOf(rtmp) }));
}
