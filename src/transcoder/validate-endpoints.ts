import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';

import type { NativeConnection, NativeInput, NativeOutput } from '../addon.js';
import { misuse } from './error.js';
import { choice, fieldsOf, flag, numberIn, reject, text } from './option-checks.js';
import type { ConnectionOptions, InputOptions, OutputFormat, OutputOptions, TlsOptions } from './options.js';
import { validateUrl } from './validate-url.js';

/** An input whose stream is still a Node stream. */
export type ValidInput = Omit<NativeInput, 'stream'> & { stream?: Readable };
/** An output whose stream is still a Node stream. */
export type ValidOutput = Omit<NativeOutput, 'stream'> & { stream?: Writable };

const connectionKeys = ['headers', 'connectTimeoutMs', 'stallTimeoutMs', 'tls'] as const;
const inputFormats = ['mpegts', 'flv', 'mp4', 'matroska', 'hls'] as const;
const outputFormats = ['mpegts', 'flv', 'mp4'] as const;

export function validateInput(value: unknown, where: string): ValidInput {
  const options: unknown = isAddress(value) || value instanceof Readable ? { [keyFor(value)]: value } : value;
  refuseWebStream(value, where);
  if (!isOptions(options)) return reject(where, 'a URL, the path of a file, a Readable or an object', value);
  const fields = fieldsOf<keyof InputOptions>(options, where, ['url', 'stream', 'format', 'pace', ...connectionKeys]);
  const format = choice(fields.format, `${where}.format`, inputFormats, '' as const);
  const pace = choice(fields.pace, `${where}.pace`, ['auto', 'live', 'readAhead'] as const, 'auto' as const);
  if (!streamIsChosen(fields, where)) {
    const { url, scheme } = validateUrl(fields.url, urlPlace(value, where), 'input');
    return { url, format, pace, ...validateConnection(fields, scheme, where) };
  }
  const { stream } = fields;
  refuseWebStream(stream, `${where}.stream`);
  if (!(stream instanceof Readable)) return reject(`${where}.stream`, 'a Readable of node:stream', stream);
  if (stream.readableEncoding) throw misuse(`${where} is a stream of text; media needs one without an encoding.`);
  if (format === 'hls') throw misuse(`${where} cannot be HLS: a playlist has to come from a URL to refer to others.`);
  return { url: '', stream, format, pace, ...validateConnection(fields, 'stream', where) };
}

export function validateOutput(value: unknown, where: string): ValidOutput {
  const options: unknown = isAddress(value) || isWritable(value) ? { [keyFor(value)]: value } : value;
  refuseWebStream(value, where);
  if (!isOptions(options)) return reject(where, 'a URL, the path of a file, a Writable or an object', value);
  const fields = fieldsOf<keyof OutputOptions>(options, where, [
    'url',
    'stream',
    'format',
    'method',
    'holdStartMs',
    ...connectionKeys,
  ]);
  const format = choice(fields.format, `${where}.format`, outputFormats, undefined);
  const method = choice(fields.method, `${where}.method`, ['PUT', 'POST'] as const, undefined);
  const hold = { min: 0, max: 1000, unit: 'milliseconds', integer: true };
  const holdStartMs = numberIn(fields.holdStartMs, `${where}.holdStartMs`, hold, 0);
  if (!streamIsChosen(fields, where)) {
    const { url, scheme } = validateUrl(fields.url, urlPlace(value, where), 'output');
    if (method !== undefined && !isHttp(scheme)) throw misuse(`${where}.method is for http and https URLs.`);
    return {
      url,
      format: formatFor(url, scheme, format, where),
      method: method ?? 'PUT',
      holdStartMs,
      ...validateConnection(fields, scheme, where),
    };
  }
  const { stream } = fields;
  refuseWebStream(stream, `${where}.stream`);
  if (!isWritable(stream)) return reject(`${where}.stream`, 'a Writable of node:stream', stream);
  if (format === undefined) {
    throw misuse(
      `${where} is a stream, which cannot tell its container; say { stream, format: 'mpegts' } or another format.`,
    );
  }
  if (method !== undefined) throw misuse(`${where}.method is for http and https URLs.`);
  return { url: '', stream, format, method: 'PUT', holdStartMs, ...validateConnection(fields, 'stream', where) };
}

function isAddress(value: unknown): value is string | URL {
  return typeof value === 'string' || value instanceof URL;
}

/** Not by its class: an HTTP response is a Writable to everyone but `instanceof`. */
function isWritable(value: unknown): value is Writable {
  if (typeof value !== 'object' || value === null) return false;
  return (['write', 'end', 'destroy', 'on'] as const).every((name) => typeof Reflect.get(value, name) === 'function');
}

function isOptions(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What `fetch` has for a body, and the like of it: near enough to be tried, so that it is told what to do. */
function refuseWebStream(value: unknown, where: string): void {
  const kind = value instanceof ReadableStream ? 'Readable' : value instanceof WritableStream ? 'Writable' : undefined;
  if (kind === undefined) return;
  throw misuse(`${where} is a web stream; make it one of node:stream with ${kind}.fromWeb(…).`);
}

function keyFor(value: unknown): 'url' | 'stream' {
  return isAddress(value) ? 'url' : 'stream';
}

/** What a caller who gave a bare URL would call the place of the mistake. */
function urlPlace(given: unknown, where: string): string {
  return isAddress(given) ? where : `${where}.url`;
}

function streamIsChosen(fields: { url?: unknown; stream?: unknown }, where: string): boolean {
  if ((fields.url === undefined) === (fields.stream === undefined)) {
    throw misuse(
      `${where} needs ${fields.url === undefined ? 'a url or a stream' : 'either a url or a stream, not both'}.`,
    );
  }
  return fields.stream !== undefined;
}

function validateConnection(
  fields: Partial<Record<keyof ConnectionOptions, unknown>>,
  scheme: string,
  where: string,
): Omit<NativeConnection, 'url'> {
  if (fields.headers !== undefined && !isHttp(scheme)) throw misuse(`${where}.headers is for http and https URLs.`);
  const timeout = { min: 1, max: 3_600_000, unit: 'milliseconds', integer: true };
  return {
    headers: validateHeaders(fields.headers, `${where}.headers`),
    connectTimeoutMs: numberIn(fields.connectTimeoutMs, `${where}.connectTimeoutMs`, timeout, 10_000),
    stallTimeoutMs: numberIn(fields.stallTimeoutMs, `${where}.stallTimeoutMs`, timeout, 10_000),
    tls: validateTls(fields.tls, `${where}.tls`),
  };
}

/** Values are secrets as often as not, so no sentence shows one. */
function validateHeaders(value: unknown, where: string): [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return reject(where, 'an object', value);
  return Object.entries(value).map(([name, content]: [string, unknown]) => {
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name)) return reject(where, 'an object with header names as keys', name);
    if (typeof content !== 'string' || !/^[\t\x20-\x7e\x80-\xff]*$/.test(content)) {
      throw misuse(`${where}.${name} should be a text of Latin-1 characters without line breaks.`);
    }
    return [name, content];
  });
}

function validateTls(value: unknown, where: string): NativeConnection['tls'] {
  if (value === undefined) return { verify: true, caFile: '' };
  const fields = fieldsOf<keyof TlsOptions>(value, where, ['verify', 'caFile']);
  const verify = flag(fields.verify, `${where}.verify`, true);
  const caFile = fields.caFile === undefined ? '' : text(fields.caFile, `${where}.caFile`, 4096);
  if (!verify && caFile !== '') throw misuse(`${where}.caFile has no meaning with verify: false.`);
  return { verify, caFile };
}

function isHttp(scheme: string): boolean {
  return scheme === 'http' || scheme === 'https';
}

function formatFor(url: string, scheme: string, given: OutputFormat | undefined, where: string): OutputFormat {
  const carried = scheme === 'srt' ? 'mpegts' : scheme.startsWith('rtmp') ? 'flv' : undefined;
  if (carried !== undefined) {
    if (given !== undefined && given !== carried)
      throw misuse(`${where}.format cannot be '${given}': ${scheme} carries ${carried}.`);
    return carried;
  }
  // What a live upload without a name for its container carries by custom.
  const customary = isHttp(scheme) ? 'mpegts' : undefined;
  return given ?? formatOfSuffix(url) ?? customary ?? throwUnnamedFormat(where);
}

const suffixes = new Map<string, OutputFormat>([
  ['ts', 'mpegts'],
  ['m2ts', 'mpegts'],
  ['mts', 'mpegts'],
  ['flv', 'flv'],
  ['mp4', 'mp4'],
  ['m4v', 'mp4'],
  ['m4s', 'mp4'],
  ['mov', 'mp4'],
]);

function formatOfSuffix(url: string): OutputFormat | undefined {
  const path = /^[a-z]+:\/\//i.test(url) ? url.replace(/[?#].*$/s, '') : url;
  return suffixes.get(/\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '');
}

function throwUnnamedFormat(where: string): never {
  throw misuse(
    `${where} does not tell its container by a suffix like .ts, .flv or .mp4; say { url, format: 'mpegts' } or another format.`,
  );
}
