import type { BroadcasterPaymentMetrics } from '../../observe/broadcaster-payment-metrics.js';
import type { Log } from '../../observe/log.js';
import type { Fault } from '../../rpc/attempt-event.js';
import type { Chain, SenderFunds } from '../../trust/chain/chain.js';
import { Disputes } from '../../trust/payment/disputes.js';
import type { PayerView } from '../../trust/payment/payer.js';
import type { Payment } from '../../trust/payment/payment.js';
import { expectedValue } from '../../trust/payment/payment-ticket.js';
import type { PersonalSigner } from '../../trust/payment/personal-signature.js';
import type { SenderLimits } from '../../trust/payment/sender-checks.js';
import { Polling } from '../polling.js';
import type { JobOrchestrator } from './job.js';
import type { OrchestratorClient } from './orchestrator-client.js';
import { PaidCall } from './paid-call.js';

export interface PurseOptions {
  chain: Pick<Chain, 'chainId' | 'view' | 'refresh' | 'senderFunds'>;
  signer: PersonalSigner;
  limits: SenderLimits;
  /** How often the chain is asked, in milliseconds. */
  pollEveryMs: number;
  log: Log;
  metrics: BroadcasterPaymentMetrics;
}

// Of more orchestrators than anybody has; a list that keeps changing must not fill the memory.
const mostOrchestrators = 1000;

/** What a broadcaster pays from: its key, its limits, and what the chain says of its funds. */
export class Purse implements AsyncDisposable {
  readonly #options: PurseOptions;
  readonly #polling: Polling;
  /** By the orchestrator's address, the longest unused first. */
  readonly #disputes = new Map<string, Disputes>();
  #funds: SenderFunds;

  private constructor(options: PurseOptions, funds: SenderFunds) {
    this.#options = options;
    this.#funds = funds;
    this.#polling = new Polling(async () => {
      await this.#look();
      return options.pollEveryMs;
    });
    this.#polling.start(options.pollEveryMs);
  }

  /** @throws ChainError when the chain cannot be asked */
  static async open(options: PurseOptions): Promise<Purse> {
    return new Purse(options, await options.chain.senderFunds(options.signer.address));
  }

  get signer(): PersonalSigner {
    return this.#options.signer;
  }

  get limits(): SenderLimits {
    return this.#options.limits;
  }

  /**
   * What an orchestrator (`host:port`) claims to miss, over all its calls. Not by its key, of which it could show another
   * one for every call: addresses are those that this broadcaster was given.
   */
  disputesWith(address: string): Disputes {
    const disputes = this.#disputes.get(address) ?? new Disputes();
    this.#disputes.delete(address);
    const [oldest] = this.#disputes.keys();
    if (oldest !== undefined && this.#disputes.size >= mostOrchestrators) this.#disputes.delete(oldest);
    this.#disputes.set(address, disputes);
    return disputes;
  }

  /** What was last seen of the chain. */
  view(): PayerView {
    const { block, round } = this.#options.chain.view();
    return { block, round, funds: this.#funds };
  }

  /** The orchestrator, paid as it asks for. One that is paid on another chain refuses what it is ordered. */
  payingFor(client: OrchestratorClient): JobOrchestrator {
    const { terms } = client;
    if (terms?.chainId === undefined || BigInt(terms.chainId) !== this.#options.chain.chainId) return client;
    return { address: client.address, terms, runJob: (listener) => new PaidCall(client, terms, this, listener) };
  }

  paid({ parameters, tickets }: Payment): void {
    const value = expectedValue(parameters).times(BigInt(tickets.length));
    this.#options.metrics.paid(tickets.length, Number(value.ceiling()));
  }

  stopped({ code, message }: Fault): void {
    this.#options.metrics.stopped(code);
    this.#options.log.warn({ code, reason: message }, 'an orchestrator is paid no further');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#polling.end();
  }

  /** What was seen last stays when the chain does not answer. */
  async #look(): Promise<void> {
    const { chain, signer, log } = this.#options;
    try {
      await chain.refresh();
      this.#funds = await chain.senderFunds(signer.address);
    } catch (error) {
      log.warn({ err: error }, 'the chain does not answer');
    }
  }
}
