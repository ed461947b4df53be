import { TranscodeError } from '../transcoder/error.js';
import type { Progress, RenditionState } from '../transcoder/result.js';

/** How a job ended. */
export type Ending = 'ended' | 'failed' | 'broken off';

/** How a rendition stands, in the word that is shown. */
export type Standing = RenditionState | 'ended early' | 'broken off';

/** A rendition is as well off as its job: what was finished of a source that failed is not all there was to come. */
export function standingOf(state: RenditionState, ending: Ending | undefined): Standing {
  if (ending === 'failed' && state === 'finished') return 'ended early';
  if (ending === 'broken off' && state !== 'finished' && state !== 'failed') return 'broken off';
  return state;
}

/** How far a job came that failed. Absent: nothing says so. */
export function resultOf(error: unknown): Progress | undefined {
  return error instanceof TranscodeError ? error.result : undefined;
}
