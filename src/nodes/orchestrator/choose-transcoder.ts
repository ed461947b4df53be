import type { VideoCodec } from '../../rpc/order.js';

/** What an order asks of a transcoder. */
export interface Needs {
  stream: string;
  /** The source's codec; empty: not known. */
  decoder: string;
  encoders: ReadonlySet<VideoCodec>;
  pixelsPerSecond: number;
}

/** A connected transcoder, as far as it matters for an assignment. */
export interface Candidate {
  readonly decoders: ReadonlySet<string>;
  readonly encoders: ReadonlySet<VideoCodec>;
  readonly pixelsPerSecond: number;
  readonly busyPixelsPerSecond: number;
  /** 0: as many as its pixels allow. */
  readonly maxSessions: number;
  readonly sessions: number;
  /** From 0, for one that has done well lately. */
  readonly penalty: number;
  readonly draining: boolean;
  /** Whether it did the last attempt of this stream. */
  hasWarm(stream: string): boolean;
}

/** A choice, or why there is none. */
export type Choice<T> = { transcoder: T } | { none: 'full' | 'incapable' | 'noTranscoder' };

// One failure, fresh, is worth as much as being this much busier.
const loadPerPenalty = 0.5;
// What a stream's own transcoder is ahead by: it has its worker warm, and its timeline stays on one machine's clock.
const warmth = 0.25;

/** The transcoder that an order goes to. Thousands of them are gone through for every order. */
export function chooseTranscoder<T extends Candidate>(candidates: readonly T[], needs: Needs): Choice<T> {
  let best: T | undefined;
  let bestScore = Infinity;
  for (const candidate of candidates) {
    if (candidate.draining || !hasRoom(candidate, needs)) continue;
    const score = scoreOf(candidate, needs.stream);
    if (score >= bestScore || !isCapable(candidate, needs)) continue;
    [best, bestScore] = [candidate, score];
    if (score <= -warmth) break; // nobody can be ahead of one that is idle, well, and has it warm
  }
  return best === undefined ? { none: whyNone(candidates, needs) } : { transcoder: best };
}

function whyNone(candidates: readonly Candidate[], needs: Needs): 'full' | 'incapable' | 'noTranscoder' {
  const there = candidates.filter(({ draining }) => !draining);
  if (there.length === 0) return 'noTranscoder';
  return there.some((candidate) => isCapable(candidate, needs)) ? 'full' : 'incapable';
}

/** Whether it could do the order if nothing else were to do. */
export function isCapable(candidate: Candidate, { decoder, encoders }: Needs): boolean {
  if (decoder !== '' && !candidate.decoders.has(decoder)) return false;
  for (const encoder of encoders) if (!candidate.encoders.has(encoder)) return false;
  return true;
}

/** One that is idle takes any order: what it would be too slow for is better tried than refused for ever. */
function hasRoom(candidate: Candidate, needs: Needs): boolean {
  if (candidate.maxSessions > 0 && candidate.sessions >= candidate.maxSessions) return false;
  if (candidate.sessions === 0) return true;
  return candidate.busyPixelsPerSecond + needs.pixelsPerSecond <= candidate.pixelsPerSecond;
}

function scoreOf(candidate: Candidate, stream: string): number {
  const load = candidate.busyPixelsPerSecond / candidate.pixelsPerSecond;
  return load + candidate.penalty * loadPerPenalty - (candidate.hasWarm(stream) ? warmth : 0);
}
