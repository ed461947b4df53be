import type { Rung } from '../ladder.js';

/** The live source of the parts that look at moments and not at load: small, so that two jobs do not fill two cores. */
export const liveSource = { width: 640, height: 360, bitrateBps: 1_000_000 };

/** What is made of it. */
export const liveLadder: readonly Rung[] = [
  { name: '360p', width: 640, height: 360, bitrateBps: 600_000 },
  { name: '240p', width: 426, height: 240, bitrateBps: 300_000 },
];
