import { RenditionState, type Progress } from '../../rpc/attempt-event.js';

/**
 * Tells whether a transcoder makes nothing of a source that goes on, by its own reports. A source that stands still, one
 * that cannot be decoded, and an output that takes nothing are no fault of the transcoder's, and are left to the engine.
 */
export class AttemptWatch {
  readonly #stallTimeoutMs: number;
  #latest: Progress | undefined;
  /** When encoding last went on, and what had been read of the source by then. */
  #encodedAtMs = 0;
  #readWhenEncoded = 0;

  constructor(stallTimeoutMs: number) {
    this.#stallTimeoutMs = stallTimeoutMs;
  }

  get latest(): Progress | undefined {
    return this.#latest;
  }

  /** Takes a report, and says whether the transcoder has stalled. */
  hasStalled(report: Progress, nowMs: number): boolean {
    const before = this.#latest;
    this.#latest = report;
    const running = report.renditions.filter(({ state }) => state === RenditionState.RENDITION_STATE_RUNNING);
    const wentOn =
      before === undefined ||
      running.length === 0 ||
      encoded(report) > encoded(before) ||
      report.decodeErrors > before.decodeErrors ||
      report.sourceAccessUnits === before.sourceAccessUnits;
    if (wentOn) {
      this.#encodedAtMs = nowMs;
      this.#readWhenEncoded = report.sourceAccessUnits;
      return false;
    }
    return nowMs - this.#encodedAtMs >= this.#stallTimeoutMs && report.sourceAccessUnits > this.#readWhenEncoded;
  }
}

function encoded({ renditions }: Progress): number {
  return renditions.reduce((sum, { framesEncoded }) => sum + framesEncoded, 0);
}
