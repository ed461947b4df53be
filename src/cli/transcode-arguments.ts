import { stdin, stdout } from 'node:process';

import type {
  Accel,
  ConnectionOptions,
  InputOptions,
  NetworkPolicy,
  OutputFormat,
  OutputOptions,
  Profile,
  RenditionOptions,
  TranscoderOptions,
} from '../transcoder/options.js';
import { presets } from '../transcoder/presets.js';
import { redactUrl } from '../transcoder/redact-url.js';
import { urlSchemes } from '../transcoder/validate-network.js';

import { choice, number, parseCommandLine } from './command-line.js';
import type { ReportOptions } from './open-report.js';
import { parseRendition } from './rendition-argument.js';
import { UsageError } from './usage-error.js';

/** What the command line of `millrace transcode` asks for. */
export interface TranscodeArguments extends ReportOptions {
  job: TranscoderOptions;
  /** Certificates are not checked: worth a word to the user. */
  insecure: boolean;
}

type Flags = ReturnType<typeof parseFlags>['values'];

/**
 * Reads the arguments of `millrace transcode`. What only the library knows (ranges, combinations) is left to it.
 *
 * @throws UsageError
 */
export function parseTranscodeArguments(args: string[]): TranscodeArguments {
  const { values: flags, positionals } = parseFlags(args);
  const [input, ...surplus] = positionals;
  if (input === undefined)
    throw new UsageError('No INPUT was given: name a URL or a file, or - for the standard input.');
  if (surplus.length > 0) {
    const shown = surplus.map(redactUrl).join(' ');
    throw new UsageError(`There is one INPUT, but more was given: “${shown}”. Every output goes with a --rendition.`);
  }
  const json = flags.json ?? false;
  const job: TranscoderOptions = { input: inputOptions(input, flags), renditions: renditionOptions(flags, json) };
  if (flags.tune !== undefined) job.tune = choice('--tune', flags.tune, ['latency', 'quality']);
  if (flags.accel !== undefined) job.accel = parseAccel(flags.accel);
  if (flags.audio !== undefined) job.audio = choice('--audio', flags.audio, ['copy', 'aac', 'opus', 'drop']);
  const network = networkPolicy(flags);
  if (network !== undefined) job.network = network;
  const seconds = { min: 0, max: 1e7 };
  const from = flags.from === undefined ? 0 : number('--from', flags.from, seconds);
  if (flags.from !== undefined) job.clip = { from };
  if (flags.duration !== undefined)
    job.clip = { from, to: from + number('--duration', flags.duration, { ...seconds, min: 0.001 }) };
  if (flags.verbose) job.logLevel = 'debug';
  return {
    job,
    json,
    quiet: flags.quiet ?? false,
    verbose: flags.verbose ?? false,
    insecure: flags.insecure ?? false,
  };
}

function parseFlags(args: string[]) {
  return parseCommandLine(args, {
    rendition: { type: 'string', short: 'r', multiple: true },
    tune: { type: 'string' },
    preset: { type: 'string' },
    gop: { type: 'string' },
    codec: { type: 'string' },
    'bit-depth': { type: 'string' },
    'encoder-profile': { type: 'string' },
    accel: { type: 'string' },
    audio: { type: 'string' },
    format: { type: 'string' },
    'output-format': { type: 'string' },
    pace: { type: 'string' },
    from: { type: 'string' },
    duration: { type: 'string' },
    header: { type: 'string', multiple: true },
    'output-header': { type: 'string', multiple: true },
    method: { type: 'string' },
    'ca-file': { type: 'string' },
    insecure: { type: 'boolean' },
    'allow-scheme': { type: 'string', multiple: true },
    'allow-network': { type: 'string', multiple: true },
    'deny-network': { type: 'string', multiple: true },
    'connect-timeout': { type: 'string' },
    'stall-timeout': { type: 'string' },
    json: { type: 'boolean' },
    quiet: { type: 'boolean', short: 'q' },
    verbose: { type: 'boolean' },
  });
}

function inputOptions(input: string, flags: Flags): InputOptions {
  const options: InputOptions = input === '-' ? { stream: stdin } : { url: input, ...connection(flags, flags.header) };
  if (flags.format !== undefined) {
    options.format = choice('--format', flags.format, ['mpegts', 'flv', 'mp4', 'matroska', 'hls']);
  }
  if (flags.pace !== undefined) {
    const pace = choice('--pace', flags.pace, ['auto', 'live', 'read-ahead']);
    options.pace = pace === 'read-ahead' ? 'readAhead' : pace;
  }
  return options;
}

function renditionOptions(flags: Flags, json: boolean): RenditionOptions[] {
  const wanted = (flags.rendition ?? []).map(parseRendition);
  if (wanted.length === 0) {
    throw new UsageError('No rendition was asked for: add at least one --rendition PROFILE=OUTPUT.');
  }
  const toStdout = wanted.filter(({ output }) => output === '-').length;
  if (toStdout > 1) throw new UsageError('Only one rendition can go to the standard output.');
  if (toStdout > 0 && json)
    throw new UsageError('--json writes to the standard output, so no rendition can go there too.');
  if (toStdout > 0 && stdout.isTTY)
    throw new UsageError('A rendition cannot go to a terminal: add “> FILE” or “| PROGRAM”, or name a file.');
  const overrides = profileOverrides(flags);
  const taken = new Map<string, number>();
  return wanted.map(({ profile, coding, output }) => {
    const destination = outputOptions(output, flags);
    // What one rendition says of its coding goes before what is said of all of them.
    const details = { ...overrides, ...coding };
    if (typeof profile !== 'string') return { profile: { ...profile, ...details }, output: destination };
    // A preset keeps its name also when details of it are changed.
    const uses = (taken.get(profile) ?? 0) + 1;
    taken.set(profile, uses);
    const name = uses === 1 ? profile : `${profile}-${uses}`;
    return { name, profile: { ...presets[profile], ...details }, output: destination };
  });
}

function profileOverrides(flags: Flags): Partial<Profile> {
  const overrides: Partial<Profile> = {};
  if (flags.preset !== undefined) overrides.preset = choice('--preset', flags.preset, encoderPresets);
  if (flags.codec !== undefined) overrides.codec = choice('--codec', flags.codec, ['h264', 'hevc', 'av1']);
  if (flags['bit-depth'] !== undefined) {
    overrides.bitDepth = choice('--bit-depth', flags['bit-depth'], ['8', '10']) === '10' ? 10 : 8;
  }
  if (flags['encoder-profile'] !== undefined) {
    overrides.encoderProfile = choice('--encoder-profile', flags['encoder-profile'], ['baseline', 'main', 'high']);
  }
  if (flags.gop !== undefined) {
    overrides.gop = flags.gop === 'intra' ? 'intra' : number('--gop', flags.gop, { min: 0.01, max: 600 });
  }
  return overrides;
}

const encoderPresets = [
  'ultrafast',
  'superfast',
  'veryfast',
  'faster',
  'fast',
  'medium',
  'slow',
  'slower',
  'veryslow',
] as const;

function outputOptions(output: string, flags: Flags): OutputOptions {
  const format = flags['output-format'];
  const named: { format?: OutputFormat } =
    format === undefined ? {} : { format: choice('--output-format', format, ['mpegts', 'flv', 'mp4']) };
  if (output === '-') {
    if (format === undefined) {
      throw new UsageError(
        'The standard output does not say which container it wants: add --output-format mpegts, flv or mp4.',
      );
    }
    return { stream: stdout, ...named };
  }
  const options: OutputOptions = { url: output, ...named, ...connection(flags, flags['output-header']) };
  if (flags.method !== undefined) options.method = choice('--method', flags.method.toUpperCase(), ['PUT', 'POST']);
  return options;
}

function connection(flags: Flags, headers: readonly string[] | undefined): ConnectionOptions {
  const options: ConnectionOptions = {};
  if (headers !== undefined) options.headers = Object.fromEntries(headers.map(parseHeader));
  const timeout = { min: 0.001, max: 3600 };
  if (flags['connect-timeout'] !== undefined) {
    options.connectTimeoutMs = Math.round(1000 * number('--connect-timeout', flags['connect-timeout'], timeout));
  }
  if (flags['stall-timeout'] !== undefined) {
    options.stallTimeoutMs = Math.round(1000 * number('--stall-timeout', flags['stall-timeout'], timeout));
  }
  if (flags.insecure) options.tls = { verify: false };
  else if (flags['ca-file'] !== undefined) options.tls = { caFile: flags['ca-file'] };
  return options;
}

function parseHeader(text: string): [name: string, value: string] {
  const match = /^([^:\s]+):\s*(.*)$/.exec(text);
  if (match === null) throw new UsageError('A header is written “Name: value”.');
  return [match[1] ?? '', match[2] ?? ''];
}

function networkPolicy(flags: Flags): NetworkPolicy | undefined {
  const network: NetworkPolicy = {};
  const { 'allow-scheme': schemes, 'allow-network': allow, 'deny-network': deny } = flags;
  if (schemes !== undefined) network.schemes = schemes.map((text) => choice('--allow-scheme', text, urlSchemes));
  if (allow !== undefined) network.allow = allow;
  if (deny !== undefined) network.deny = deny;
  return Object.keys(network).length === 0 ? undefined : network;
}

/** Which numbers of GPUs there can be, the library knows. */
function parseAccel(text: string): Accel {
  return /^(auto|nvidia):/.test(text) ? (text as Accel) : choice('--accel', text, ['auto', 'none', 'nvidia']);
}
