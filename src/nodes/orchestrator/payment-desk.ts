import type { Log } from '../../observe/log.js';
import type { OrchestratorPaymentMetrics } from '../../observe/orchestrator-payment-metrics.js';
import type { Chain } from '../../trust/chain/chain.js';
import type { Ledger, WinningPaymentTicket } from '../../trust/ledger/ledger.js';
import { Payee } from '../../trust/payment/payee.js';
import type { PaymentParameters } from '../../trust/payment/payment.js';
import type { Price } from '../../trust/payment/price.js';
import { toHex } from '../hex.js';
import { PaymentSession } from './payment-session.js';
import { SendersFunds } from './senders-funds.js';

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

/** Where an orchestrator takes payment: gives parameters, and opens a session for every call. */
export class PaymentDesk {
  readonly #options: PaymentDeskOptions;
  readonly #payee: Payee;
  readonly #funds: SendersFunds;

  constructor(options: PaymentDeskOptions) {
    this.#options = options;
    this.#funds = new SendersFunds(options.chain);
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
   * @throws PaymentError when it has not the funds, and ChainError when the chain cannot be asked, or too much already is
   */
  async parametersFor(sender: Uint8Array, valueWei: bigint): Promise<PaymentParameters> {
    const funds = await this.#funds.of(sender);
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
    log.info({ ticket: toHex(winner.hash), faceValueWei: String(faceValueWei) }, 'a payment ticket won');
  }
}
