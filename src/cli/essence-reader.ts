import type { EssenceCopy } from '../transcoder/essence.js';

import { number } from './command-line.js';

/** Reads a copy of media to its end and tells its essence. */
export type EssenceReader = (source: string, options: { durationMs?: number }) => Promise<EssenceCopy>;

/** What `--seconds` says. */
export function readingOptions(seconds: string | undefined): Parameters<EssenceReader>[1] {
  if (seconds === undefined) return {};
  return { durationMs: Math.round(number('--seconds', seconds, { min: 0.001, max: 1e7 }) * 1000) };
}
