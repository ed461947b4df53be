import type { TranscodeError } from '../transcoder/error.js';
import type { EssenceCopy } from '../transcoder/essence.js';

import { number } from './command-line.js';
import { remedyFor } from './remedy.js';

/** Reads a copy of media to its end and tells its essence. */
export type EssenceReader = (source: string, options: { durationMs?: number }) => Promise<EssenceCopy>;

/** What `--seconds` says. */
export function readingOptions(seconds: string | undefined): Parameters<EssenceReader>[1] {
  if (seconds === undefined) return {};
  return { durationMs: Math.round(number('--seconds', seconds, { min: 0.001, max: 1e7 }) * 1000) };
}

/** Whether a copy from there is one of a stream that ran already. Of HTTP its URL does not tell. */
export function isLiveUrl(source: string): boolean {
  return /^(rtmps?|srt|rtsps?):/i.test(source);
}

/**
 * Why a copy could not be read, in sentences: the engine takes whatever it reads for a source, and its remedies are for
 * commands with more options.
 *
 * @param medium `the source`, or a rendition's name
 */
export function unreadableText(medium: string, error: TranscodeError): string {
  const { code, url, message } = error;
  const remedy = remedyFor(error);
  const sentences = [
    `The copy of ${medium} cannot be read (${code}).`,
    code === 'FORMAT_INVALID'
      ? 'It is none of MPEG-TS, FLV, MP4, Matroska or HLS.'
      : message.replace(/^The source/, 'It'),
    ...(url === undefined || message.includes(url) ? [] : [`It was looked for at ${url}.`]),
    ...(remedy === undefined || /--\w/.test(remedy) ? [] : [remedy]),
  ];
  return sentences.join(' ');
}
