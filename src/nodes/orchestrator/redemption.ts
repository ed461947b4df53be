import type { Log } from '../../observe/log.js';
import type { OrchestratorPaymentMetrics } from '../../observe/orchestrator-payment-metrics.js';
import type { Redeemer } from '../../trust/chain/redeemer.js';
import { toHex } from '../hex.js';
import { Polling } from '../polling.js';

/** Redeems what an orchestrator won, about once per block, until it is ended. */
export class Redemption implements AsyncDisposable {
  readonly #polling: Polling;

  constructor(redeemer: Redeemer, everyMs: number, log: Log, metrics: OrchestratorPaymentMetrics) {
    this.#polling = new Polling(async () => {
      try {
        for (const { ticket, did, reason } of await redeemer.step()) {
          metrics.redemption(did, ticket.ticket.faceValueWei);
          log.info({ ticket: toHex(ticket.hash), step: did, reason }, 'redemption');
        }
      } catch (error) {
        log.warn({ err: error }, 'nothing can be redeemed at the moment');
      }
      return everyMs;
    });
    this.#polling.start(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#polling.end();
  }
}
