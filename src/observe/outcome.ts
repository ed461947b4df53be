/** How a job or an attempt ended, as metrics have it. */
export type Outcome = 'finished' | 'failed' | 'cancelled';

/** How much a node could do and how much of it is in use. */
export interface Load {
  /** Pixels per second, encoded and over all renditions, that can be done at the pace of real time. */
  readonly pixelsPerSecond: number;
  /** How many of them are taken. */
  readonly busyPixelsPerSecond: number;
  /** Attempts that can be done at a time. */
  readonly sessions: number;
  /** Attempts that are being done. */
  readonly runningSessions: number;
}
