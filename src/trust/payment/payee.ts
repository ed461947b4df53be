import { randomBytes } from 'node:crypto';

import { maxFloatOf, type ChainView, type SenderFunds } from '../chain/chain.js';
import type { WinningPaymentTicket } from '../ledger/ledger.js';

import { Balances, type Account } from './balances.js';
import { faceValueOf, winProbabilityOf } from './face-value.js';
import { paymentTicketOf, type Payment, type PaymentParameters, type SignedNonce } from './payment.js';
import { PaymentError } from './payment-error.js';
import { expectedValue, hashOfPaymentTicket, isWinning } from './payment-ticket.js';
import { checkPersonalSignature } from './personal-signature.js';
import { feeOf, type Price } from './price.js';
import { Rational } from './rational.js';
import { hashOfRecipientRand, recipientRandOf } from './recipient-rand.js';
import { checkSenderFunds } from './sender-checks.js';
import { SenderNonces } from './sender-nonces.js';
import { numberOf, sameBytes } from './uint256.js';

/** What an orchestrator asks, and where it keeps what it won. */
export interface PayeeOptions {
  /** 20 bytes: the address to be paid. */
  recipient: Uint8Array;
  /** The price that is asked of sessions that begin. */
  price: Price;
  /** What the chain said last. */
  view: () => ChainView;
  /** Writes a winning ticket down for good before it returns; throws when it cannot. */
  keepWinner: (winner: WinningPaymentTicket) => void;
  /** What one ticket is to be worth on average, in wei. Default 8e9, as in Livepeer. */
  ticketValueWei?: bigint;
  /** What redeeming one ticket takes. Default 1 200 000, as on Arbitrum; 350 000 on Ethereum itself. */
  redeemGas?: bigint;
  /** The most that a winning ticket pays, in wei. Default: what the sender's reserve covers. */
  maxFaceValueWei?: bigint;
}

/** What came of a payment. */
export interface PaymentOutcome {
  /** What its tickets are worth on average, in wei. */
  credited: Rational;
  /** What the account holds now, in wei. */
  balance: Rational;
  /** How many of its tickets won. */
  winners: number;
  /** What was wrong with those of its tickets that do not count. */
  refused: readonly PaymentError[];
}

/** How many blocks of the chain parameters are good for. */
export const parameterBlocks = 40n;

/**
 * The orchestrator's side of payment: says what tickets it wants, takes them, and keeps every session's balance. Does no
 * I/O but to write winners down. Its secret is drawn when it is made and never leaves it, so after a restart payments
 * with older parameters are refused, and nothing of them needs to be remembered.
 */
export class Payee {
  readonly #options: PayeeOptions;
  readonly #secret = randomBytes(32);
  readonly #nonces = new SenderNonces();
  readonly #balances = new Balances();

  constructor(options: PayeeOptions) {
    this.#options = options;
  }

  /**
   * What payments of this sender (20 bytes) are to be; good for {@link parameterBlocks} blocks. Throws a
   * {@link PaymentError} when the sender has not the funds.
   *
   * @param funds what the chain says of the sender
   * @param pendingWei what winning tickets of the sender that are not redeemed yet will take, in wei
   * @param valueWei what one ticket is to be worth on average, if more than `ticketValueWei`: few large tickets cost less
   *   work than many small ones, and put more at stake
   */
  parametersFor(sender: Uint8Array, funds: SenderFunds, pendingWei: bigint, valueWei = 0n): PaymentParameters {
    const { recipient, price, view, ticketValueWei = 8_000_000_000n, redeemGas = 1_200_000n } = this.#options;
    const { block, round, roundBlockHash, gasPriceWei } = view();
    checkSenderFunds(funds, round);
    const expectedValueWei = valueWei > ticketValueWei ? valueWei : ticketValueWei;
    const faceValueWei = faceValueOf({
      expectedValueWei,
      redeemCostWei: redeemGas * gasPriceWei,
      maxFloatWei: maxFloatOf(funds, pendingWei),
      maxFaceValueWei: this.#options.maxFaceValueWei,
    });
    const parameters = {
      seed: numberOf(randomBytes(32)),
      faceValueWei,
      winProbability: winProbabilityOf(expectedValueWei, faceValueWei),
      expirationBlock: block + parameterBlocks,
      creationRound: round,
      creationRoundBlockHash: roundBlockHash,
      price,
    };
    const recipientRandHash = hashOfRecipientRand(recipientRandOf(this.#secret, sender, parameters));
    return { recipient, recipientRandHash, ...parameters };
  }

  /**
   * Takes a payment. What is wrong with a single nonce costs only that ticket; everything else that is wrong throws a
   * {@link PaymentError}. Tickets before the wrong one count then, and show in the balance.
   */
  receive(account: Account, payment: Payment): PaymentOutcome {
    const { block } = this.#options.view();
    this.#nonces.sweep(block);
    const recipientRand = this.#checkParameters(account, payment, block);
    const value = expectedValue(payment.parameters);
    const refused: PaymentError[] = [];
    let [credited, winners] = [Rational.zero, 0];
    for (const signed of payment.tickets) {
      try {
        this.#nonces.check(recipientRand, signed.senderNonce);
      } catch (error) {
        if (!(error instanceof PaymentError)) throw error;
        refused.push(error);
        continue;
      }
      if (this.#take(account, payment, signed, recipientRand)) winners += 1;
      credited = credited.plus(value);
      this.#balances.change(account, value, payment.parameters.price);
    }
    return { credited, balance: this.balance(account), winners, refused };
  }

  /** What the account holds, in wei; below zero when more was done than paid. */
  balance(account: Account): Rational {
    return this.#balances.get(account).amount;
  }

  /** Takes the price of so many output pixels off the account; gives what it holds then. */
  debit(account: Account, pixels: bigint): Rational {
    return this.#balances.change(account, Rational.zero.minus(feeOf(pixels, this.#priceOf(account)))).amount;
  }

  /** INSUFFICIENT_BALANCE with the amount that is missing, when the account does not cover so many output pixels more. */
  shortfall(account: Account, pixels: bigint): PaymentError | undefined {
    const needed = feeOf(pixels, this.#priceOf(account)).minus(this.balance(account));
    if (needed.numerator <= 0n) return undefined;
    const neededWei = needed.ceiling();
    return new PaymentError('INSUFFICIENT_BALANCE', `insufficient balance: ${neededWei} wei more are needed.`, {
      neededWei,
    });
  }

  /** The session is over: what it has left is forgotten. */
  close(account: Account): void {
    this.#balances.delete(account);
  }

  #priceOf(account: Account): Price {
    return this.#balances.get(account).price ?? this.#options.price;
  }

  /** All that costs little, before any signature is looked at. */
  #checkParameters({ sender }: Account, payment: Payment, block: bigint): bigint {
    const { parameters } = payment;
    if (!sameBytes(parameters.recipient, this.#options.recipient)) {
      throw new PaymentError('RECIPIENT_INVALID', 'invalid ticket recipient');
    }
    if (!sameBytes(payment.sender, sender) || sender.every((byte) => byte === 0)) {
      throw new PaymentError('SENDER_INVALID', 'invalid ticket sender');
    }
    if (parameters.expirationBlock <= block) {
      throw new PaymentError('PARAMETERS_EXPIRED', 'TicketParams expired: ask for new parameters.');
    }
    const recipientRand = recipientRandOf(this.#secret, sender, parameters);
    if (!sameBytes(hashOfRecipientRand(recipientRand), parameters.recipientRandHash)) {
      throw new PaymentError(
        'RECIPIENT_RAND_INVALID',
        'invalid ticket recipientRand for ticket recipientRandHash: ask for new parameters.',
      );
    }
    return recipientRand;
  }

  /** Gives whether it won. The nonce is used only when all is well: what cannot be written down may come again. */
  #take(account: Account, payment: Payment, { senderNonce, signature }: SignedNonce, recipientRand: bigint): boolean {
    const { parameters, sender } = payment;
    const ticket = paymentTicketOf(parameters, sender, senderNonce);
    const hash = hashOfPaymentTicket(ticket);
    checkPersonalSignature(hash, signature, sender);
    const won = isWinning(signature, recipientRand, parameters.winProbability);
    if (won) {
      const { expirationBlock } = parameters;
      try {
        this.#options.keepWinner({ hash, ticket, signature, recipientRand, expirationBlock, session: account.session });
      } catch (cause) {
        throw new PaymentError('LEDGER_FAILED', 'A winning payment ticket could not be written down.', { cause });
      }
    }
    this.#nonces.add(recipientRand, senderNonce, parameters.expirationBlock);
    return won;
  }
}
