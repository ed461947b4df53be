import type { LadderObservation, Picture } from './meter-server.js';
import { quantile } from './statistics.js';

/** What one rendition was worth to its viewer, in one run. */
export interface LatencyFigures {
  /** Pictures that came. */
  frames: number;
  /** Every picture that could be matched with the source's, in the order in which they came, without the start-up. */
  times: FrameTime[];
  p50Ms: number | undefined;
  p99Ms: number | undefined;
  /** From the source's first byte sent to the rendition's first byte received. */
  firstByteMs: number | undefined;
}

/** One picture's way through the contender. */
export interface FrameTime {
  /** When the last byte of the source's picture was sent. */
  sentAtMs: number;
  /** From then to the last byte of the rendition's picture being received. */
  latencyMs: number;
}

/** Pictures at the start whose latency is not counted: a contender that probes is still catching up there. */
const startUpPictures = 60;

/** Matches what came of one rendition, counted from 0, with what was sent. */
export function latencyFigures(ladder: LadderObservation | undefined, index: number): LatencyFigures {
  const rendition = ladder?.renditions[index];
  const received = rendition?.received ?? [];
  const all = match(ladder?.sent ?? [], received);
  const times = all.slice(Math.min(startUpPictures, Math.floor(all.length / 2)));
  const latencies = times.map(({ latencyMs }) => latencyMs);
  const [sent, came] = [ladder?.firstSentAtMs, rendition?.firstByteAtMs];
  return {
    frames: received.length,
    times,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    firstByteMs: sent === undefined || came === undefined ? undefined : came - sent,
  };
}

/**
 * A contender may shift the timeline as a whole: the two are laid on top of each other at their ends, since some lose
 * pictures while they probe and none loses the last one. One tick of rounding is allowed.
 */
function match(sent: readonly Picture[], received: readonly Picture[]): FrameTime[] {
  const shift = latest(received) - latest(sent);
  const sentAt = new Map(sent.map(({ pts, atMs }) => [pts, atMs]));
  return received.flatMap(({ pts, atMs }) => {
    const source = pts - shift;
    const sentAtMs = sentAt.get(source) ?? sentAt.get(source + 1) ?? sentAt.get(source - 1);
    return sentAtMs === undefined ? [] : [{ sentAtMs, latencyMs: atMs - sentAtMs }];
  });
}

function latest(pictures: readonly Picture[]): number {
  return pictures.reduce((max, { pts }) => Math.max(max, pts), 0);
}
