import { loadAddon } from '../addon.js';
import type { NativeComparedMedium, NativeComparisonOptions, NativeError } from '../addon.js';
import { misuse, TranscodeError } from './error.js';
import { fieldsOf, numberIn, reject } from './option-checks.js';
import type { InputOptions, NetworkPolicy } from './options.js';
import type { PictureComparison } from './picture-comparison.js';
import { validateInput } from './validate-endpoints.js';
import { validateNetwork } from './validate-network.js';

/** Which pictures are compared. */
export interface ComparedPictures {
  source: ComparedMedium;
  rendition: ComparedMedium;
  /** How many pictures are compared, 1 to 1,000; every one is decoded. Default 12. */
  frames?: number;
}

/** A medium and the stretch of it to look at, 10 minutes at most. */
export interface ComparedMedium {
  /** A URL, the path of a file, or an object with the URL and how to fetch it. */
  input: string | URL | Omit<InputOptions, 'stream' | 'pace'>;
  /** Where the stretch begins, in microseconds on this medium's own unwrapped timeline. */
  fromUs: number;
  /** Where it ends, likewise; the picture at this time is not part of it. */
  untilUs: number;
}

/** Under which conditions pictures are compared. */
export interface ComparisonConditions {
  /** Aborting it ends the comparison at once: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Which networks may be talked to, and by which kinds of URL. Default: all. */
  network?: NetworkPolicy;
  /** Longest time for all of it, in milliseconds, 1 to 3,600,000. Default 60,000. */
  timeoutMs?: number;
}

/** Why pictures could not be compared: nothing is said about what they show. */
export class PictureComparisonError extends TranscodeError {
  /** Which of the two could not be read, or was waited for. Absent: neither is to blame. */
  declare readonly medium?: 'source' | 'rendition';

  constructor(error: NativeError, medium: 'source' | 'rendition' | undefined) {
    const { message, cause, ...details } = error;
    super(message, { ...details, ...(cause !== undefined && { cause: new Error(cause) }) });
    if (medium !== undefined) this.medium = medium;
  }
}

/**
 * Decodes a stretch of a source and of a rendition of it, and compares their pictures: some of them, chosen so that
 * nobody can know which. The pictures that are shown at the same time since the beginning of each stretch belong
 * together; clocks may differ by less than half a frame, and the picture before or behind is taken where it is more
 * alike. Works on a thread of its own that gives way to all others.
 *
 * What a medium holds but cannot be decoded is part of the answer; that it cannot be fetched is an error.
 *
 * @throws {PictureComparisonError} when one of them cannot be read, has no picture in its stretch (`NO_MEDIA`), or
 *   `timeoutMs` is over (`TIMED_OUT`).
 * @throws {TranscodeError} `OPTIONS_INVALID` for a mistake in the options, `ADDON_UNAVAILABLE`.
 *
 * @example
 * const comparison = await comparePictures({
 *   source: { input: 'https://media.example/live/a.ts', fromUs: 0, untilUs: 2_000_000 },
 *   rendition: { input: 'https://media.example/live/a-360p.ts', fromUs: 0, untilUs: 2_000_000 },
 * });
 */
export async function comparePictures(
  pictures: ComparedPictures,
  conditions: ComparisonConditions = {},
): Promise<PictureComparison> {
  const options = validate(pictures, conditions);
  const { signal } = conditions;
  signal?.throwIfAborted();
  const { outcome, cancel } = loadAddon().comparePictures(options);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const result = await outcome;
    if ('comparison' in result) return result.comparison;
    if (result.error.code === 'CANCELLED') signal?.throwIfAborted();
    throw new PictureComparisonError(result.error, result.medium);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

const longestStretchUs = 600_000_000;

function validate(pictures: unknown, conditions: unknown): NativeComparisonOptions {
  const fields = fieldsOf<keyof ComparedPictures>(pictures, 'pictures', ['source', 'rendition', 'frames']);
  const { signal, network, timeoutMs } = fieldsOf<keyof ComparisonConditions>(conditions, 'conditions', [
    'signal',
    'network',
    'timeoutMs',
  ]);
  if (signal !== undefined && !(signal instanceof AbortSignal)) return reject('signal', 'an AbortSignal', signal);
  return {
    source: validateMedium(fields.source, 'source'),
    rendition: validateMedium(fields.rendition, 'rendition'),
    mostFrames: numberIn(fields.frames, 'frames', { min: 1, max: 1000, unit: 'pictures', integer: true }, 12),
    timeoutMs: numberIn(
      timeoutMs,
      'timeoutMs',
      { min: 1, max: 3_600_000, unit: 'milliseconds', integer: true },
      60_000,
    ),
    ...validateNetwork(network, 'network'),
  };
}

function validateMedium(value: unknown, where: string): NativeComparedMedium {
  const fields = fieldsOf<keyof ComparedMedium>(value, where, ['input', 'fromUs', 'untilUs']);
  const { stream, ...input } = validateInput(fields.input, `${where}.input`);
  if (stream) throw misuse(`${where}.input is a stream; pictures are compared by URL or path.`);
  const fromUs = validateTime(fields.fromUs, `${where}.fromUs`);
  const untilUs = validateTime(fields.untilUs, `${where}.untilUs`);
  if (untilUs <= fromUs || untilUs - fromUs > longestStretchUs) {
    throw misuse(`${where}.untilUs should come after fromUs, by ${longestStretchUs / 1e6} s at most.`);
  }
  return { input, fromUs, untilUs };
}

function validateTime(value: unknown, where: string): number {
  return Number.isSafeInteger(value) ? (value as number) : reject(where, 'a whole number of microseconds', value);
}
