import type { RenditionProgress } from '../../transcoder/result.js';

import type { NotifiedRendition } from './notified-job.js';

interface Total {
  /** Of the attempts that are over. */
  before: { frames: number; dropped: number; bytes: number; pixels: number };
  latest: NotifiedRendition | undefined;
  fps: number;
  atMs: number;
}

/** Adds up over a job's attempts what each of them counts from nothing. */
export class LadderTotals {
  /** By rendition. */
  readonly #totals: ReadonlyMap<string, Total>;
  #attempt = 0;

  constructor(names: readonly string[]) {
    this.#totals = new Map(
      names.map((name) => [
        name,
        { before: { frames: 0, dropped: 0, bytes: 0, pixels: 0 }, latest: undefined, fps: 0, atMs: 0 },
      ]),
    );
  }

  /** Takes an attempt's figures, reported at `nowMs`. */
  report(attempt: number, renditions: readonly NotifiedRendition[], nowMs: number): void {
    if (attempt !== this.#attempt) this.#close();
    this.#attempt = attempt;
    for (const rendition of renditions) {
      const total = this.#totals.get(rendition.name);
      if (total === undefined) continue;
      const frames = rendition.framesOut - (total.latest?.framesOut ?? 0);
      if (total.latest !== undefined) total.fps = (frames / Math.max(1, nowMs - total.atMs)) * 1000;
      total.latest = rendition;
      total.atMs = nowMs;
    }
  }

  /** The ladder as a job's own progress would have it. */
  get renditions(): RenditionProgress[] {
    return [...this.#totals].map(([name, { before, latest, fps }]) => ({
      name,
      state: latest?.state ?? 'waiting',
      framesIn: before.frames + (latest?.framesOut ?? 0),
      framesEncoded: before.frames + (latest?.framesOut ?? 0),
      framesOut: before.frames + (latest?.framesOut ?? 0),
      framesDropped: before.dropped + (latest?.framesDropped ?? 0),
      gopsDropped: 0,
      bytes: before.bytes + (latest?.bytes ?? 0),
      pixelsEncoded: before.pixels + (latest?.pixelsEncoded ?? 0),
      fps,
      bitrateBps: latest?.bitrateBps ?? 0,
      realTimeRatio: 1,
      ...(latest?.latency && { latency: { count: 0, p90Ms: latest.latency.p99Ms, ...latest.latency, buckets: [] } }),
    }));
  }

  #close(): void {
    for (const total of this.#totals.values()) {
      const { before, latest } = total;
      total.before = {
        frames: before.frames + (latest?.framesOut ?? 0),
        dropped: before.dropped + (latest?.framesDropped ?? 0),
        bytes: before.bytes + (latest?.bytes ?? 0),
        pixels: before.pixels + (latest?.pixelsEncoded ?? 0),
      };
      total.latest = undefined;
    }
  }
}
