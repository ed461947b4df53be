import { Counter, type Registry } from 'prom-client';

import { BoundedLabel } from './bounded-label.js';

/** What a broadcaster counts about payment: `millrace_broadcaster_*`. One per registry, and only where there is a chain. */
export class BroadcasterPaymentMetrics {
  readonly #tickets: Counter;
  readonly #paid: Counter;
  readonly #stopped: Counter<'code'>;
  readonly #codes = new BoundedLabel(32);

  constructor(registry: Registry) {
    const registers = [registry];
    this.#tickets = new Counter({
      name: 'millrace_broadcaster_payment_tickets_total',
      help: 'Payment tickets that were sent to orchestrators.',
      registers,
    });
    this.#paid = new Counter({
      name: 'millrace_broadcaster_paid_wei_total',
      help: 'What the payment tickets that were sent are worth on average.',
      registers,
    });
    this.#stopped = new Counter({
      name: 'millrace_broadcaster_payments_stopped_total',
      help: 'Orchestrators that were paid no further for a job, by why.',
      labelNames: ['code'],
      registers,
    });
  }

  paid(tickets: number, valueWei: number): void {
    this.#tickets.inc(tickets);
    this.#paid.inc(valueWei);
  }

  stopped(code: string): void {
    this.#stopped.inc({ code: this.#codes.of(code) });
  }
}
