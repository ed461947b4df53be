import { Counter, type Registry } from 'prom-client';

import { BoundedLabel } from './bounded-label.js';

/** What an orchestrator counts about payment: `millrace_orchestrator_*`. One per registry, and only where there is a chain. */
export class OrchestratorPaymentMetrics {
  readonly #tickets: Counter<'outcome'>;
  readonly #winners: Counter;
  readonly #won: Counter;
  readonly #redemptions: Counter<'step'>;
  readonly #redeemed: Counter;
  readonly #outcomes = new BoundedLabel(32);

  constructor(registry: Registry) {
    const registers = [registry];
    this.#tickets = new Counter({
      name: 'millrace_orchestrator_payment_tickets_total',
      help: 'Payment tickets of broadcasters: accepted, or why they do not count.',
      labelNames: ['outcome'],
      registers,
    });
    this.#winners = new Counter({
      name: 'millrace_orchestrator_winning_tickets_total',
      help: 'Payment tickets that won.',
      registers,
    });
    this.#won = new Counter({
      name: 'millrace_orchestrator_won_wei_total',
      help: 'Face values of the payment tickets that won.',
      registers,
    });
    this.#redemptions = new Counter({
      name: 'millrace_orchestrator_redemptions_total',
      help: 'Steps in the redemption of winning tickets.',
      labelNames: ['step'],
      registers,
    });
    this.#redeemed = new Counter({
      name: 'millrace_orchestrator_redeemed_wei_total',
      help: 'Face values of the winning tickets that were redeemed.',
      registers,
    });
    this.#tickets.inc({ outcome: 'accepted' }, 0);
    for (const step of ['submitted', 'redeemed', 'lost']) this.#redemptions.inc({ step }, 0);
  }

  /** @param code why tickets were refused, if any were */
  payment(accepted: number, refused: number, code: string): void {
    this.#tickets.inc({ outcome: 'accepted' }, accepted);
    if (refused > 0) this.#tickets.inc({ outcome: this.#outcomes.of(code) }, refused);
  }

  won(faceValueWei: bigint): void {
    this.#winners.inc();
    this.#won.inc(Number(faceValueWei));
  }

  redemption(step: string, faceValueWei: bigint): void {
    this.#redemptions.inc({ step });
    if (step === 'redeemed') this.#redeemed.inc(Number(faceValueWei));
  }
}
