import type { Readable } from 'node:stream';

import { loadAddon } from '../addon.js';
import type { NativeEssenceCopy, NativeEssenceCopyTrack, NativeEssenceOptions } from '../addon.js';
import { misuse } from './error.js';
import type { EssenceCopy, EssenceCopyTrack } from './essence.js';
import { InputStream } from './input-stream.js';
import { toTranscodeError } from './job.js';
import { fieldsOf, numberIn, reject } from './option-checks.js';
import type { InputOptions, NetworkPolicy } from './options.js';
import { validateInput } from './validate-endpoints.js';
import type { ValidInput } from './validate-endpoints.js';
import { validateNetwork } from './validate-network.js';

/** How {@link readEssence} reads. */
export interface ReadEssenceOptions {
  /** Media time to read, from the first picture on, 1 to 31,536,000,000 ms. Default: all there is. */
  durationMs?: number;
  /** What may be connected to. Default: everything that a job may. */
  network?: NetworkPolicy;
  /** Aborting it rejects at once with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Reads a medium to its end, without decoding it, and hashes each of its access units: what a receipt for it can be held
 * against. A source that never ends needs `durationMs` or a `signal`; no more than 4,000,000 units of a track are kept.
 *
 * @param source As the `input` of a {@link Transcoder}.
 * @throws {TranscodeError} `OPTIONS_INVALID`, and whatever can befall a job's source.
 * @throws the signal's reason, at once, when the signal is aborted.
 *
 * @example
 * const { tracks } = await readEssence('https://media.example/live/720p.ts', { durationMs: 10_000 });
 */
export async function readEssence(
  source: string | URL | InputOptions | Readable,
  options: ReadEssenceOptions = {},
): Promise<EssenceCopy> {
  const input = validateInput(source, 'source');
  if (/^testpattern:/i.test(input.url))
    throw misuse('source is a test pattern, which is not coded and has no essence.');
  const fields = fieldsOf<keyof ReadEssenceOptions>(options, 'options', ['durationMs', 'network', 'signal']);
  const range = { min: 1, max: 31_536_000_000, unit: 'milliseconds', integer: true };
  const settings = {
    ...validateNetwork(fields.network, 'options.network'),
    ...(fields.durationMs !== undefined && {
      durationMs: numberIn(fields.durationMs, 'options.durationMs', range, range.max),
    }),
  };
  const { signal } = fields;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    return reject('options.signal', 'an AbortSignal', signal);
  }
  signal?.throwIfAborted();
  return copyOf(await read(input, settings, signal));
}

type Settings = Omit<NativeEssenceOptions, 'input'>;

function read(
  { stream: source, ...input }: ValidInput,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<NativeEssenceCopy> {
  const addon = loadAddon();
  const stream = source && new InputStream(source, addon);
  return new Promise((resolve, fail) => {
    const native = new addon.EssenceRead(
      { ...settings, input: stream ? { ...input, stream: stream.native } : input },
      (end) => {
        signal?.removeEventListener('abort', onAbort);
        stream?.close();
        if ('copy' in end) resolve(end.copy);
        else fail(toTranscodeError(end.error, end.error.code === 'STREAM_FAILED' ? stream?.error : undefined));
      },
    );
    const onAbort = (): void => {
      native.cancel();
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort's reason can be anything
      fail(signal?.reason);
    };
    try {
      native.start();
    } catch (error) {
      stream?.close();
      throw error;
    }
    stream?.start();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

const hashBytes = 32;

function copyOf({ tracks }: NativeEssenceCopy): EssenceCopy {
  return { tracks: tracks.map(trackOf) };
}

function trackOf(native: NativeEssenceCopyTrack): EssenceCopyTrack {
  const { kind, codec, width, height, hashes, keys, setLists } = native;
  const units = Array.from(native.timestampsUs, (timestampUs, index) => ({
    hash: hashAt(hashes, index),
    key: keys[index] === 1,
    timestampUs,
    parameterSets: setLists[native.setListOf[index] ?? 0] ?? [],
  }));
  const parameterSets = Array.from({ length: native.parameterSets.length / hashBytes }, (_, index) =>
    hashAt(native.parameterSets, index),
  );
  return { kind, codec, ...(width > 0 && { width, height }), parameterSets, units };
}

function hashAt(hashes: Buffer, index: number): string {
  return hashes.toString('hex', index * hashBytes, (index + 1) * hashBytes);
}
