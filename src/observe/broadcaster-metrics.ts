import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import { BoundedLabel } from './bounded-label.js';
import type { Outcome } from './outcome.js';

/** What a broadcaster counts: `millrace_broadcaster_*`. One per registry. */
export class BroadcasterMetrics {
  readonly #jobsStarted: Counter;
  readonly #jobsEnded: Counter<'outcome' | 'fault_class'>;
  readonly #jobsRunning: Gauge;
  readonly #jobsRefused: Counter<'status'>;
  readonly #attemptsStarted: Counter;
  readonly #failovers: Counter<'cause' | 'fault_class'>;
  readonly #receipts: Counter;
  readonly #verifications: Counter<'outcome'>;
  readonly #firstByte: Histogram;
  readonly #orchestratorsKnown: Gauge;
  readonly #orchestratorsSuspended: Gauge;
  readonly #pixels: Counter;
  readonly #webhook: Histogram<'kind' | 'outcome'>;
  readonly #causes = new BoundedLabel();
  readonly #faultClasses = new BoundedLabel(8);
  readonly #webhookWords = new BoundedLabel(32);

  constructor(registry: Registry) {
    const registers = [registry];
    this.#jobsStarted = new Counter({
      name: 'millrace_broadcaster_jobs_started_total',
      help: 'Jobs that were notified and begun.',
      registers,
    });
    this.#jobsEnded = new Counter({
      name: 'millrace_broadcaster_jobs_ended_total',
      help: 'Jobs that ended, by outcome; a failed one by whose fault it was.',
      labelNames: ['outcome', 'fault_class'],
      registers,
    });
    this.#jobsRunning = new Gauge({
      name: 'millrace_broadcaster_jobs_running',
      help: 'Jobs that have begun and not ended.',
      registers,
    });
    this.#jobsRefused = new Counter({
      name: 'millrace_broadcaster_jobs_refused_total',
      help: 'Notifications that were answered with an error and became no job, by HTTP status.',
      labelNames: ['status'],
      registers,
    });
    this.#attemptsStarted = new Counter({
      name: 'millrace_broadcaster_attempts_started_total',
      help: 'Attempts that an orchestrator was asked for.',
      registers,
    });
    this.#failovers = new Counter({
      name: 'millrace_broadcaster_failovers_total',
      help: 'Attempts that took over from one before, by why that one ended.',
      labelNames: ['cause', 'fault_class'],
      registers,
    });
    this.#receipts = new Counter({
      name: 'millrace_broadcaster_receipts_total',
      help: 'Receipts of orchestrators that held.',
      registers,
    });
    this.#verifications = new Counter({
      name: 'millrace_broadcaster_verifications_total',
      help: 'Windows whose media was looked at, by what came of it; dropped: they were drawn and not looked at.',
      labelNames: ['outcome'],
      registers,
    });
    this.#firstByte = new Histogram({
      name: 'millrace_broadcaster_first_byte_seconds',
      help: 'From the notification of a job to the first byte of its first rendition leaving for the media server.',
      buckets: [0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10],
      registers,
    });
    this.#orchestratorsKnown = new Gauge({
      name: 'millrace_broadcaster_orchestrators_known',
      help: 'Orchestrators that discovery found, suspended ones included.',
      registers,
    });
    this.#orchestratorsSuspended = new Gauge({
      name: 'millrace_broadcaster_orchestrators_suspended',
      help: 'Orchestrators that are passed over for a while because they failed.',
      registers,
    });
    this.#pixels = new Counter({
      name: 'millrace_broadcaster_pixels_total',
      help: 'Encoded pixels that orchestrators reported as delivered.',
      registers,
    });
    this.#webhook = new Histogram({
      name: 'millrace_broadcaster_webhook_duration_seconds',
      help: 'How long webhooks took to answer, by what they are for and what came of it.',
      labelNames: ['kind', 'outcome'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.#jobsEnded.inc({ outcome: 'finished', fault_class: 'none' }, 0);
    for (const outcome of ['verified', 'failed', 'undecided', 'dropped']) this.#verifications.inc({ outcome }, 0);
  }

  /** A notification was accepted. Every call is followed by one of {@link jobEnded}. */
  jobStarted(): void {
    this.#jobsStarted.inc();
    this.#jobsRunning.inc();
  }

  /** @param faultClass whose fault it was, when it failed */
  jobEnded(outcome: Outcome, faultClass?: string): void {
    this.#jobsEnded.inc({ outcome, fault_class: this.#faultClass(faultClass) });
    this.#jobsRunning.dec();
  }

  /** @param status the HTTP status that the notification was answered with */
  jobRefused(status: number): void {
    this.#jobsRefused.inc({ status });
  }

  attemptStarted(): void {
    this.#attemptsStarted.inc();
  }

  /** @param cause the fault's code */
  failover(cause: string, faultClass?: string): void {
    this.#failovers.inc({ cause: this.#causes.of(cause), fault_class: this.#faultClass(faultClass) });
  }

  /** An orchestrator signed for a window. */
  receiptTaken(): void {
    this.#receipts.inc();
  }

  /** Windows were looked at, or were drawn and are not. */
  verified(outcome: 'verified' | 'failed' | 'undecided' | 'dropped', windows = 1): void {
    this.#verifications.inc({ outcome }, windows);
  }

  /** From the notification to the job's first rendition byte; once for each job. */
  firstByte(seconds: number): void {
    this.#firstByte.observe(seconds);
  }

  /** @param known all of them, the suspended ones included */
  orchestrators(known: number, suspended: number): void {
    this.#orchestratorsKnown.set(known);
    this.#orchestratorsSuspended.set(suspended);
  }

  /** More pixels were delivered. */
  pixels(count: number): void {
    this.#pixels.inc(count);
  }

  /** A webhook was called: for what (`auth`, `discovery`), what came of it (`ok`, `denied`, `failed`), how long it took. */
  webhook(kind: string, outcome: string, seconds: number): void {
    this.#webhook.observe({ kind: this.#webhookWords.of(kind), outcome: this.#webhookWords.of(outcome) }, seconds);
  }

  #faultClass(word = 'none'): string {
    return this.#faultClasses.of(word);
  }
}
