/** What is wrong with a payment. The codes are stable and never change meaning; the messages begin with Livepeer's words. */
export type PaymentErrorCode =
  /** Not 65 bytes. */
  | 'SIGNATURE_LENGTH'
  /** The upper of the two values of S that verify: anyone can turn one into the other. */
  | 'SIGNATURE_S_HIGH'
  /** Neither 27 nor 28. */
  | 'SIGNATURE_V'
  /** By somebody else, or over something else. */
  | 'SIGNATURE_INVALID'
  /** Paid to somebody else. */
  | 'RECIPIENT_INVALID'
  /** Paid by somebody else than the peer. */
  | 'SENDER_INVALID'
  /** The parameters are not those that the recipient gave. */
  | 'RECIPIENT_RAND_INVALID'
  /** The parameters lived their number of blocks. */
  | 'PARAMETERS_EXPIRED'
  /** The nonce was used before with these parameters. */
  | 'NONCE_SEEN'
  /** As many nonces as the recipient remembers were used with these parameters. */
  | 'NONCES_TOO_MANY'
  /** The sender's deposit and reserve do not cover a ticket that is worth redeeming. */
  | 'SENDER_RESERVE_INSUFFICIENT'
  /** The sender has nothing deposited, nothing reserved, or is about to take it back. */
  | 'SENDER_UNFUNDED'
  /** The face value, or its expected value, is more than the sender's limits allow. */
  | 'TICKET_TOO_DEAR'
  /** More than twice the price at the start. */
  | 'PRICE_DOUBLED'
  /** More than was agreed. */
  | 'PRICE_TOO_HIGH'
  /** The orchestrator misses more than it can have lost. */
  | 'BALANCE_DISPUTED'
  /** The work is not covered; `neededWei` would cover it. */
  | 'INSUFFICIENT_BALANCE'
  /** A winning ticket could not be written down, so the payment does not count. */
  | 'LEDGER_FAILED';

/** A payment, or a request for one, that is refused. */
export class PaymentError extends Error {
  override readonly name = 'PaymentError';
  /** What is wrong. */
  readonly code: PaymentErrorCode;
  /** Of INSUFFICIENT_BALANCE: how much more the orchestrator needs, in wei, rounded up. */
  declare readonly neededWei?: bigint;

  constructor(code: PaymentErrorCode, message: string, details: { cause?: unknown; neededWei?: bigint } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.neededWei !== undefined) this.neededWei = details.neededWei;
  }
}
