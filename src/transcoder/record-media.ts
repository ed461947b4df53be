import { loadAddon } from '../addon.js';
import type { NativeRecordingOptions } from '../addon.js';
import { misuse } from './error.js';
import { toTranscodeError } from './job.js';
import { fieldsOf, numberIn, reject } from './option-checks.js';
import type { InputOptions, NetworkPolicy } from './options.js';
import { validateInput } from './validate-endpoints.js';
import { validateNetwork } from './validate-network.js';

/** How {@link recordMedia} records. */
export interface RecordMediaOptions {
  /** Media time to keep, from the first picture on, 1 to 31,536,000,000 ms. Default: all there is. */
  durationMs?: number;
  /** What may be connected to. Default: everything that a job may. */
  network?: NetworkPolicy;
  /** Aborting it ends the recording at once; the promise rejects with the signal's reason when that is done. */
  signal?: AbortSignal;
}

/**
 * Keeps a medium, live or not, in an MPEG-TS file: packet by packet, without decoding it, with its timestamps as they are.
 * The file's essence is the medium's, save for sound from before zero, which is an encoder's run-in. It holds H.264, HEVC,
 * AV1 and the sound that MPEG-TS has. One that fails, or is aborted, may leave a file with what came before.
 *
 * @param source As the `input` of a {@link Transcoder}, but for a stream.
 * @param path of the file, which is made new or written over.
 * @throws {TranscodeError} `OPTIONS_INVALID`, `CODEC_UNSUPPORTED` for what the file cannot hold, `FILE_FAILED`, and
 *   whatever can befall a job's source.
 * @throws the signal's reason when the signal is aborted.
 *
 * @example
 * await recordMedia('rtmp://media.example/live/720p', 'sample.ts', { durationMs: 10_000 });
 */
export async function recordMedia(
  source: string | URL | Omit<InputOptions, 'stream'>,
  path: string,
  options: RecordMediaOptions = {},
): Promise<void> {
  const { stream, ...input } = validateInput(source, 'source');
  if (stream) throw misuse('source is a stream; a recording is made of a URL or a path.');
  if (/^testpattern:/i.test(input.url)) throw misuse('source is a test pattern, which is not coded.');
  if (typeof path !== 'string' || path === '') return reject('path', 'the path of a file', path);
  const fields = fieldsOf<keyof RecordMediaOptions>(options, 'options', ['durationMs', 'network', 'signal']);
  const range = { min: 1, max: 31_536_000_000, unit: 'milliseconds', integer: true };
  const { signal } = fields;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    return reject('options.signal', 'an AbortSignal', signal);
  }
  const settings = {
    ...validateNetwork(fields.network, 'options.network'),
    ...(fields.durationMs !== undefined && {
      durationMs: numberIn(fields.durationMs, 'options.durationMs', range, range.max),
    }),
  };
  signal?.throwIfAborted();
  await record({ ...settings, input, path }, signal);
}

function record(options: NativeRecordingOptions, signal: AbortSignal | undefined): Promise<void> {
  const addon = loadAddon();
  return new Promise((resolve, fail) => {
    const native = new addon.Recording(options, (error) => {
      signal?.removeEventListener('abort', onAbort);
      if (error === undefined) resolve();
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort's reason can be anything
      else if (signal?.aborted === true) fail(signal.reason);
      else fail(toTranscodeError(error, undefined));
    });
    const onAbort = (): void => {
      native.cancel();
    };
    native.start();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
