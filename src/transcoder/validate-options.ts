import { resolve } from 'node:path';

import type { NativeJobOptions, NativeRendition } from '../addon.js';
import { accelChoice } from './accel.js';
import { misuse } from './error.js';
import type { EssenceOptions } from './essence.js';
import { choice, fieldsOf, flag, listOf, numberIn, reject, text } from './option-checks.js';
import type { Clip, RenditionOptions, TranscoderOptions } from './options.js';
import { validateInput, validateOutput } from './validate-endpoints.js';
import type { ValidInput, ValidOutput } from './validate-endpoints.js';
import { validateNetwork } from './validate-network.js';
import { validateProfile } from './validate-profile.js';

export interface ValidOptions {
  job: ValidJob;
  signal?: AbortSignal;
}

/** What the native job takes, with every default filled in, and Node streams where it takes native ones. */
export type ValidJob = Omit<NativeJobOptions, 'input' | 'renditions'> & {
  input: ValidInput;
  renditions: ValidRendition[];
};

export type ValidRendition = Omit<NativeRendition, 'output'> & { output: ValidOutput };

const maxRenditions = 32;

/** Throws `OPTIONS_INVALID` for the first mistake it finds; what it returns is trusted by everything behind it. */
export function validateOptions(options: unknown): ValidOptions {
  const fields = fieldsOf<keyof TranscoderOptions>(options, 'options', [
    'input',
    'renditions',
    'tune',
    'accel',
    'audio',
    'clip',
    'network',
    'progressIntervalMs',
    'logLevel',
    'timestampBaseUs',
    'resumeAtUs',
    'earlyKeyframes',
    'essence',
    'signal',
  ]);
  const job: ValidJob = {
    input: validateInput(fields.input, 'input'),
    renditions: validateRenditions(fields.renditions),
    tune: choice(fields.tune, 'tune', ['latency', 'quality'] as const, 'latency' as const),
    accel: accelChoice(fields.accel, 'accel'),
    audio: choice(fields.audio, 'audio', ['copy', 'aac', 'opus', 'drop'] as const, 'copy' as const),
    earlyKeyframes: flag(fields.earlyKeyframes, 'earlyKeyframes', false),
    ...validateNetwork(fields.network, 'network'),
    ...validateClip(fields.clip),
    progressIntervalMs: numberIn(
      fields.progressIntervalMs,
      'progressIntervalMs',
      { min: 50, max: 60_000, unit: 'milliseconds', integer: true },
      500,
    ),
    logLevel: choice(fields.logLevel, 'logLevel', ['error', 'warning', 'info', 'debug'] as const, 'info' as const),
  };
  requireOwnDestinations(job);
  if (fields.essence !== undefined) job.essenceWindowMs = validateEssence(fields.essence, job);
  for (const key of ['timestampBaseUs', 'resumeAtUs'] as const) {
    if (fields[key] !== undefined) job[key] = validateTimestamp(fields[key], key);
  }
  const { signal } = fields;
  if (signal === undefined) return { job };
  return signal instanceof AbortSignal ? { job, signal } : reject('signal', 'an AbortSignal', signal);
}

function validateRenditions(value: unknown): ValidRendition[] {
  const list = listOf(value, 'renditions');
  if (list.length < 1 || list.length > maxRenditions) {
    throw misuse(`renditions should have 1 to ${maxRenditions} entries, but has ${list.length}.`);
  }
  const names = new Set<string>();
  const renditions = list.map((entry, index) => {
    const where = `renditions[${index}]`;
    const fields = fieldsOf<keyof RenditionOptions>(entry, where, ['name', 'profile', 'output']);
    const profile = validateProfile(fields.profile, `${where}.profile`);
    const output = validateOutput(fields.output, `${where}.output`);
    const name = fields.name === undefined ? undefined : text(fields.name, `${where}.name`, 100);
    if (name !== undefined && names.has(name)) throw misuse(`${where}.name is taken by another rendition: '${name}'.`);
    if (name !== undefined) names.add(name);
    const usualName = typeof fields.profile === 'string' ? fields.profile : usualNameOf(profile);
    return { ...profile, output, name, usualName };
  });
  // Names that were given come first, wherever they stand; the others find free ones among them.
  return renditions.map(({ usualName, ...rendition }) => ({
    ...rendition,
    name: rendition.name ?? freeName(usualName, names),
  }));
}

function validateEssence(value: unknown, { renditions }: ValidJob): number {
  const { windowMs } = fieldsOf<keyof EssenceOptions>(value, 'essence', ['windowMs']);
  const named = renditions.findIndex(({ name }) => name === 'source');
  if (named >= 0) throw misuse(`renditions[${named}].name cannot be 'source' with essence: that is the source's name.`);
  return numberIn(windowMs, 'essence.windowMs', { min: 100, max: 600_000, unit: 'milliseconds', integer: true }, 2000);
}

/** Two writers of one file or stream, or a file read while it is overwritten, leave nothing anyone can play. */
function requireOwnDestinations({ input, renditions }: ValidJob): void {
  const taken = new Map<unknown, string>([[placeOf(input), 'input']]);
  renditions.forEach(({ output }, index) => {
    const [place, where] = [placeOf(output), `renditions[${index}].output`];
    const other = taken.get(place);
    // A server may well offer the source and take a rendition by one URL.
    if (other !== undefined && !(other === 'input' && isNetworkUrl(output.url))) {
      throw misuse(`${where} is the same as ${other}; every rendition needs a destination of its own.`);
    }
    taken.set(place, where);
  });
}

function placeOf({ url, stream }: ValidInput | ValidOutput): unknown {
  if (stream) return stream;
  return isNetworkUrl(url) ? url : resolve(url.replace(/^file:(\/\/)?/i, ''));
}

function isNetworkUrl(url: string): boolean {
  return !/^file:/i.test(url) && /^[a-z][a-z0-9+.-]*:/i.test(url);
}

function usualNameOf({ width, height }: { width: number; height: number }): string {
  if (width === 0) return `${height}p`;
  return height === 0 ? `${width}w` : `${width}x${height}`;
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
  taken.add(name);
  return name;
}

function validateClip(value: unknown): { clipFromMs?: number; clipToMs?: number } {
  if (value === undefined) return {};
  const fields = fieldsOf<keyof Clip>(value, 'clip', ['from', 'to']);
  const seconds = { min: 0, max: 31_536_000, unit: 'seconds' };
  const from = numberIn(fields.from, 'clip.from', seconds, undefined);
  const to = numberIn(fields.to, 'clip.to', seconds, undefined);
  if (to !== undefined && to <= (from ?? 0))
    throw misuse(`clip.to should come after clip.from, but ${to} is not after ${from ?? 0}.`);
  return {
    ...(from === undefined ? {} : { clipFromMs: Math.round(from * 1000) }),
    ...(to === undefined ? {} : { clipToMs: Math.round(to * 1000) }),
  };
}

function validateTimestamp(value: unknown, where: string): number {
  return Number.isSafeInteger(value) ? (value as number) : reject(where, 'a whole number of microseconds', value);
}
