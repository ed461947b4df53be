import { id } from 'ethers/hash';

import type { ChainView, SenderFunds } from '../../../src/trust/chain/chain.js';
import { Signer } from '../../../src/trust/keys/signer.js';
import type { WinningPaymentTicket } from '../../../src/trust/ledger/ledger.js';
import { Payee, type PayeeOptions } from '../../../src/trust/payment/payee.js';
import { Payer, type PayableWork, type PayerOptions } from '../../../src/trust/payment/payer.js';
import type { Payment, PaymentParameters } from '../../../src/trust/payment/payment.js';
import { personalSignerOf } from '../../../src/trust/payment/personal-signature.js';

export const ether = 10n ** 18n;

/** A broadcaster and an orchestrator that deal with each other, and a chain that is moved by hand. */
export class PaymentWorld {
  readonly broadcaster = personalSignerOf(new Signer(id('the broadcaster of the tests')));
  readonly orchestrator = personalSignerOf(new Signer(id('the orchestrator of the tests')));
  readonly account = { sender: this.broadcaster.address, session: 'a session' };
  readonly winners: WinningPaymentTicket[] = [];
  readonly payee: Payee;
  readonly payer: Payer;
  view: ChainView = {
    block: 1000n,
    round: 7n,
    roundBlockHash: new Uint8Array(32).fill(7),
    gasPriceWei: 100_000n,
  };
  funds: SenderFunds = {
    depositWei: ether,
    reserveWei: ether,
    claimableReserveWei: ether,
    withdrawRound: 0n,
  };
  /** One window is a million pixels, and two are paid ahead. */
  work: PayableWork = { nextPixels: 1_000_000n, aheadPixels: 2_000_000n };

  /** One window is 10 000 wei for each of its pixels: 1e10 wei, a bit more than a ticket of 8e9. */
  constructor({ payee = {}, payer = {} }: { payee?: Partial<PayeeOptions>; payer?: Partial<PayerOptions> } = {}) {
    const price = { wei: 10_000n, pixels: 1n };
    this.payee = new Payee({
      recipient: this.orchestrator.address,
      price,
      view: () => this.view,
      keepWinner: (winner) => this.winners.push(winner),
      ...payee,
    });
    this.payer = new Payer({
      signer: this.broadcaster,
      recipient: this.orchestrator.address,
      maxPrice: price,
      work: () => this.work,
      ...payer,
    });
  }

  get payerView(): { block: bigint; round: bigint; funds: SenderFunds } {
    return { block: this.view.block, round: this.view.round, funds: this.funds };
  }

  parameters(): PaymentParameters {
    return this.payee.parametersFor(this.broadcaster.address, this.funds, 0n);
  }

  /** The payment that is due now; throws when none is. */
  payment(): Payment {
    const due = this.payer.due(this.payerView);
    if (due.kind !== 'payment') throw new Error(`Nothing is to be paid: ${due.kind}.`);
    return due.payment;
  }

  /** The first payment of a session. */
  firstPayment(): Payment {
    this.payer.accept(this.parameters(), this.payerView);
    return this.payment();
  }
}
