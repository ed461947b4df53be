import { FaultClass, type Fault } from '../../rpc/attempt-event.js';

/** What follows a failed attempt. */
export type NextStep =
  /** Another attempt, by another transcoder of the same orchestrator if it has one. */
  | { step: 'retry'; afterMs: number }
  /** Another attempt, by another orchestrator. */
  | { step: 'elsewhere' }
  | { step: 'fail'; fault: Fault };

/** A failed attempt, and what was before it. */
export interface Failure {
  fault: Fault;
  /** How long the attempt had been going; nothing when nobody had taken it on. */
  lastedMs: number | undefined;
  /** Whether it took over from one that was lost, whose connection to the media server may still be open. */
  tookOver: boolean;
}

// After this long an attempt was a success, whatever became of it: a stream that runs for days may lose a transcoder now
// and then without running out of attempts.
const forgivenAfterMs = 60_000;
// A media server lets go of a publisher that vanished within this time, or not at all.
const takeoverMs = 5000;
const takeoverRetryMs = 250;
const mostCrashes = 2;
const drainedAfterMs = 1000;

/** Decides whether another attempt helps. One for each job. */
export class RetryPolicy {
  readonly #maxAttempts: number;
  #failures = 0;
  #crashes = 0;
  #takingOverSinceMs: number | undefined;

  /** @param maxAttempts how many attempts in a row may fail, 1 or more */
  constructor(maxAttempts: number) {
    this.#maxAttempts = maxAttempts;
  }

  next({ fault, lastedMs, tookOver }: Failure, nowMs: number): NextStep {
    if (lastedMs !== undefined && lastedMs >= forgivenAfterMs) {
      this.#failures = 0;
      this.#crashes = 0;
    }
    switch (fault.class) {
      case FaultClass.FAULT_CLASS_TRANSCODER:
        // An orchestrator that always says so would be asked as fast as the network goes.
        if (fault.code === 'TRANSCODER_DRAINING' && (lastedMs ?? 0) >= drainedAfterMs) {
          this.#takingOverSinceMs = undefined;
          return { step: 'retry', afterMs: 0 };
        }
        if (fault.code === 'WORKER_CRASHED' && ++this.#crashes >= mostCrashes)
          return { step: 'fail', fault: crashesEverything };
        return this.#counted(fault, { step: 'retry', afterMs: 0 });
      case FaultClass.FAULT_CLASS_ORCHESTRATOR:
        // One that is not there has failed nothing, and costs no time.
        if (fault.code === 'ORCHESTRATOR_LOST' && lastedMs === undefined) return { step: 'elsewhere' };
        return this.#counted(fault, { step: 'elsewhere' });
      // Who asks for less may be paid yet.
      case FaultClass.FAULT_CLASS_BROADCASTER:
        return this.#counted(fault, { step: 'elsewhere' });
      case FaultClass.FAULT_CLASS_OUTPUT:
        return this.#takeover(fault, tookOver, nowMs);
      // Every other transcoder would see the same.
      case FaultClass.FAULT_CLASS_SOURCE:
      case FaultClass.FAULT_CLASS_CANCELLED:
      case FaultClass.FAULT_CLASS_UNSPECIFIED:
      case FaultClass.UNRECOGNIZED:
        return { step: 'fail', fault };
    }
  }

  #counted(fault: Fault, step: NextStep): NextStep {
    this.#takingOverSinceMs = undefined;
    this.#failures += 1;
    return this.#failures >= this.#maxAttempts ? { step: 'fail', fault } : step;
  }

  /** An output that refuses the new publisher may do so because it still has the old one. */
  #takeover(fault: Fault, tookOver: boolean, nowMs: number): NextStep {
    if (!tookOver) return { step: 'fail', fault };
    this.#takingOverSinceMs ??= nowMs;
    if (nowMs - this.#takingOverSinceMs >= takeoverMs) return { step: 'fail', fault };
    return { step: 'retry', afterMs: takeoverRetryMs };
  }
}

const crashesEverything: Fault = {
  class: FaultClass.FAULT_CLASS_SOURCE,
  code: 'SOURCE_CRASHES_CODEC',
  stage: 'node',
  message: 'Two worker processes crashed on this source; no more of them are risked.',
  url: '',
};
