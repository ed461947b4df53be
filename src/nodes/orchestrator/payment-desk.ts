import type { Log } from '../../observe/log.js';
import type { OrchestratorPaymentMetrics } from '../../observe/orchestrator-payment-metrics.js';
import type { Chain, SenderFunds } from '../../trust/chain/chain.js';
import type { Ledger, WinningPaymentTicket } from '../../trust/ledger/ledger.js';
import { Payee } from '../../trust/payment/payee.js';
import type { PaymentParameters } from '../../trust/payment/payment.js';
import type { Price } from '../../trust/payment/price.js';
import { hexOf } from '../../trust/payment/uint256.js';
import { PaymentSession } from './payment-session.js';

export interface PaymentDeskOptions {
  chain: Pick<Chain, 'chainId' | 'view' | 'senderFunds'>;
  ledger: Pick<Ledger, 'keepWinner' | 'pendingWei'>;
  /** 20 bytes: the address to be paid. */
  recipient: Uint8Array;
  price: Price;
  /** As {@link Payee} has them. */
  ticketValueWei?: bigint;
  redeemGas?: bigint;
  maxFaceValueWei?: bigint;
  log: Log;
  metrics: OrchestratorPaymentMetrics;
}

// Whoever asks for parameters makes the chain be asked; more senders than there are broadcasters start again.
const mostFunds = 1000;
const fundsFreshMs = 10_000;

/** Where an orchestrator takes payment: gives parameters, and opens a session for every call. */
export class PaymentDesk {
  readonly #options: PaymentDeskOptions;
  readonly #payee: Payee;
  readonly #funds = new Map<string, { funds: Promise<SenderFunds>; askedAtMs: number }>();

  constructor(options: PaymentDeskOptions) {
    this.#options = options;
    const { chain, recipient, price, ticketValueWei, redeemGas, maxFaceValueWei } = options;
    this.#payee = new Payee({
      recipient,
      price,
      view: () => chain.view(),
      keepWinner: (winner) => {
        this.#keep(winner);
      },
      ...(ticketValueWei !== undefined && { ticketValueWei }),
      ...(redeemGas !== undefined && { redeemGas }),
      ...(maxFaceValueWei !== undefined && { maxFaceValueWei }),
    });
  }

  /** The chain that payment is taken on. */
  get chainId(): number {
    return Number(this.#options.chain.chainId);
  }

  /**
   * What payments of a sender (20 bytes) are to be.
   *
   * @throws PaymentError when it has not the funds, and ChainError when the chain cannot be asked
   */
  async parametersFor(sender: Uint8Array, valueWei: bigint): Promise<PaymentParameters> {
    const funds = await this.#fundsOf(sender);
    return this.#payee.parametersFor(sender, funds, this.#options.ledger.pendingWei(sender), valueWei);
  }

  /** For one call of a broadcaster. */
  open(): PaymentSession {
    const { log, metrics } = this.#options;
    return new PaymentSession(this.#payee, ({ accepted, refused, code }, error) => {
      metrics.payment(accepted, refused, code);
      if (error !== undefined) log.warn({ err: error, accepted, refused }, 'a payment does not count in whole');
    });
  }

  #keep(winner: WinningPaymentTicket): void {
    const { ledger, log, metrics } = this.#options;
    ledger.keepWinner(winner);
    const { faceValueWei } = winner.ticket;
    metrics.won(faceValueWei);
    log.info({ ticket: hexOf(winner.hash), faceValueWei: String(faceValueWei) }, 'a payment ticket won');
  }

  #fundsOf(sender: Uint8Array): Promise<SenderFunds> {
    const key = hexOf(sender);
    const known = this.#funds.get(key);
    if (known !== undefined && performance.now() - known.askedAtMs < fundsFreshMs) return known.funds;
    if (this.#funds.size >= mostFunds) this.#funds.clear();
    const funds = this.#options.chain.senderFunds(sender);
    this.#funds.set(key, { funds, askedAtMs: performance.now() });
    // What failed is asked anew.
    funds.catch(() => this.#funds.delete(key));
    return funds;
  }
}
