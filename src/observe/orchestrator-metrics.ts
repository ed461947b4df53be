import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import { BoundedLabel } from './bounded-label.js';
import { LoadGauges } from './load-gauges.js';
import type { Load, Outcome } from './outcome.js';

/** Why an orchestrator has a transcoder no longer: its connection broke, it fell silent, or it said that it stops. */
export type TranscoderLoss = 'disconnected' | 'silent' | 'drained';

/** What an orchestrator counts: `millrace_orchestrator_*`. One per registry. */
export class OrchestratorMetrics {
  readonly #transcoders: Gauge;
  readonly #load: LoadGauges;
  readonly #assignment: Histogram;
  readonly #refusals: Counter<'reason'>;
  readonly #attemptsEnded: Counter<'outcome' | 'fault_class'>;
  readonly #failovers: Counter<'cause'>;
  readonly #pixels: Counter;
  readonly #transcodersLost: Counter<'cause'>;
  readonly #causes = new BoundedLabel();
  readonly #reasons = new BoundedLabel(16);
  readonly #faultClasses = new BoundedLabel(8);

  constructor(registry: Registry) {
    const registers = [registry];
    this.#transcoders = new Gauge({
      name: 'millrace_orchestrator_transcoders_connected',
      help: 'Transcoders that are connected.',
      registers,
    });
    this.#load = new LoadGauges(registry, 'millrace_orchestrator');
    this.#assignment = new Histogram({
      name: 'millrace_orchestrator_assignment_seconds',
      help: 'From an order to a transcoder having taken it on.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    });
    this.#refusals = new Counter({
      name: 'millrace_orchestrator_refusals_total',
      help: 'Orders that were not taken on, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.#attemptsEnded = new Counter({
      name: 'millrace_orchestrator_attempts_ended_total',
      help: 'Attempts that ended, by outcome; a failed one by whose fault it was.',
      labelNames: ['outcome', 'fault_class'],
      registers,
    });
    this.#failovers = new Counter({
      name: 'millrace_orchestrator_failovers_total',
      help: 'Attempts that were given to another transcoder than the one before, by why that one ended.',
      labelNames: ['cause'],
      registers,
    });
    this.#pixels = new Counter({
      name: 'millrace_orchestrator_pixels_total',
      help: 'Encoded pixels that transcoders reported as delivered.',
      registers,
    });
    this.#transcodersLost = new Counter({
      name: 'millrace_orchestrator_transcoders_lost_total',
      help: 'Transcoders that went away, by how.',
      labelNames: ['cause'],
      registers,
    });
    for (const cause of ['disconnected', 'silent', 'drained']) this.#transcodersLost.inc({ cause }, 0);
    this.#attemptsEnded.inc({ outcome: 'finished', fault_class: 'none' }, 0);
  }

  /** @param connected how many there are now */
  transcoders(connected: number): void {
    this.#transcoders.set(connected);
  }

  /** What all connected transcoders can do together. */
  capacity(load: Load): void {
    this.#load.set(load);
  }

  /** @param seconds from the order to a transcoder's acceptance */
  assigned(seconds: number): void {
    this.#assignment.observe(seconds);
  }

  /** @param reason one of the protocol's, such as `FULL` */
  refused(reason: string): void {
    this.#refusals.inc({ reason: this.#reasons.of(reason) });
  }

  /** @param faultClass whose fault it was, when it failed */
  attemptEnded(outcome: Outcome, faultClass = 'none'): void {
    this.#attemptsEnded.inc({ outcome, fault_class: this.#faultClasses.of(faultClass) });
  }

  /** @param cause the code of the fault that the attempt before ended with */
  failover(cause: string): void {
    this.#failovers.inc({ cause: this.#causes.of(cause) });
  }

  /** More pixels were delivered. */
  pixels(count: number): void {
    this.#pixels.inc(count);
  }

  transcoderLost(cause: TranscoderLoss): void {
    this.#transcodersLost.inc({ cause });
  }
}
