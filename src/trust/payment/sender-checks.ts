import type { SenderFunds } from '../chain/chain.js';

import type { PaymentParameters } from './payment.js';
import { PaymentError } from './payment-error.js';
import { expectedValue } from './payment-ticket.js';
import { Rational } from './rational.js';

/** How much a broadcaster puts at stake; Livepeer's defaults. All in wei but the multiplier. */
export interface SenderLimits {
  /** The most that one ticket may be worth on average. Default 3e12. */
  maxTicketValueWei: bigint;
  /** The most that the tickets of one payment may be worth on average. Default 2e13. */
  maxPaymentValueWei: bigint;
  /** How many winning tickets the deposit is to cover. Default 1. */
  depositMultiplier: bigint;
}

export const defaultSenderLimits: SenderLimits = {
  maxTicketValueWei: 3_000_000_000_000n,
  maxPaymentValueWei: 20_000_000_000_000n,
  depositMultiplier: 1n,
};

/** Throws a {@link PaymentError} SENDER_UNFUNDED unless an address can pay its winning tickets in this round and the next. */
export function checkSenderFunds({ depositWei, reserveWei, withdrawRound }: SenderFunds, round: bigint): void {
  if (depositWei === 0n) throw unfunded('no sender deposit: the broadcaster must fund its deposit');
  if (reserveWei === 0n) throw unfunded('no sender reserve: the broadcaster must fund its reserve');
  if (withdrawRound !== 0n && withdrawRound <= round + 1n) {
    throw unfunded(`deposit and reserve is set to unlock soon: it can be withdrawn from round ${withdrawRound}`);
  }
}

/** Throws a {@link PaymentError} when tickets of these parameters put more at stake than the limits allow. */
export function checkStakes(parameters: PaymentParameters, funds: SenderFunds, limits: SenderLimits): void {
  const value = expectedValue(parameters);
  const { faceValueWei } = parameters;
  if (value.numerator === 0n) throw tooDear('A payment ticket that is worth nothing pays nothing');
  if (Rational.of(limits.maxTicketValueWei).isLess(value)) {
    throw tooDear(`ticket EV higher than max EV: about ${value.ceiling()} wei of ${limits.maxTicketValueWei}`);
  }
  if (Rational.of(limits.maxPaymentValueWei).isLess(value)) {
    throw tooDear(`total ticket EV higher than max total EV: about ${value.ceiling()} of ${limits.maxPaymentValueWei}`);
  }
  if (faceValueWei * limits.depositMultiplier > funds.depositWei) {
    throw tooDear(
      `ticket faceValue higher than max faceValue: ${faceValueWei} wei of a deposit of ${funds.depositWei}`,
    );
  }
  // One that always wins is no lottery ticket: nothing is saved by it, and its sender is told nothing by losing.
  if (!value.isLess(Rational.of(faceValueWei))) {
    throw tooDear(`ticket EV is not below its faceValue of ${faceValueWei} wei`);
  }
}

function unfunded(message: string): PaymentError {
  return new PaymentError('SENDER_UNFUNDED', `${message}.`);
}

function tooDear(message: string): PaymentError {
  return new PaymentError('TICKET_TOO_DEAR', `${message}.`);
}
