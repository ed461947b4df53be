import type { Progress } from '../../rpc/attempt-event.js';
import type { ValidOrder } from '../../rpc/order.js';
import type { BundledAttempt } from '../../trust/bundle/bundle.js';
import type { SeenSource } from '../../trust/bundle/see-source.js';
import type { Bytes32 } from '../../trust/keys/signature.js';
import type { Signer } from '../../trust/keys/signer.js';
import type { SignedTicket } from '../../trust/orders/ticket.js';
import { ReceiptChecker, type ReceiptCheck } from '../../trust/receipts/receipt-checker.js';
import type { IssuedReceipt } from '../../trust/receipts/receipt.js';
import type { SigningDomain } from '../../trust/typed-data/domain.js';
import { wireTicket } from '../wire-ticket.js';
import { SeenSources } from './seen-sources.js';

export interface AttemptEvidenceOptions {
  domain: SigningDomain;
  order: ValidOrder;
  ticket: SignedTicket & { hash: Bytes32 };
  salt: Bytes32;
  /** The broadcaster's own. */
  signer: Signer;
  /** A receipt has other pictures of the source, in this window, than there are. */
  onOtherSource: (window: number) => void;
}

// What an orchestrator may be behind what its transcoder reports, beyond the length of a window.
const graceUs = 5_000_000;

/** What there is in writing about one attempt: the ticket, and the receipts that came for it. */
export class AttemptEvidence {
  /** The order, with the ticket. */
  readonly order: ValidOrder;
  readonly #ticket: SignedTicket;
  readonly #checker: ReceiptChecker;
  readonly #seen: SeenSources;
  readonly #receipts: IssuedReceipt[] = [];
  readonly #longestWindowUs: number;
  readonly #onOtherSource: (window: number) => void;
  /** Up to where the receipts reach; before the first, where delivery began. */
  #signedUntilUs: number | undefined;

  constructor({ domain, order, ticket, salt, signer, onOtherSource }: AttemptEvidenceOptions) {
    const { message, signature, hash } = ticket;
    this.#ticket = { message, signature };
    this.order = { ...order, ticket: wireTicket(this.#ticket, salt) };
    this.#seen = new SeenSources({ domain, signer, jobId: message.jobId, ticketHash: hash });
    this.#checker = new ReceiptChecker({
      domain,
      ticket: message,
      ticketHash: hash,
      isOtherSource: (window, tracks) => this.#seen.contradicts(window, tracks),
    });
    this.#onOtherSource = onOtherSource;
    const longestGopMs = Math.max(...message.renditions.map(({ profile }) => profile.gopMs));
    this.#longestWindowUs = (message.windowMs + longestGopMs) * 1000;
  }

  /** Checks a receipt, and keeps it if it holds, or is evidence of what does not. */
  take(receipt: IssuedReceipt): ReceiptCheck {
    const check = this.#checker.check(receipt);
    if (!check.valid) {
      if (check.code === 'RECEIPT_SOURCE_OTHER') this.#accuse(receipt);
      return check;
    }
    this.#receipts.push(receipt);
    for (const { endTimestampUs } of check.receipt.renditions)
      this.#signedUntilUs = Math.max(this.#signedUntilUs ?? endTimestampUs, endTimestampUs);
    return check;
  }

  /** Whether far more was delivered than was signed for. */
  isOverdue({ renditions }: Progress): boolean {
    const delivered = renditions.flatMap(({ lastTimestampUs }) => lastTimestampUs ?? []);
    if (delivered.length === 0) return false;
    const latestUs = Math.max(...delivered);
    this.#signedUntilUs ??= latestUs;
    return latestUs - this.#signedUntilUs > this.#longestWindowUs + graceUs;
  }

  /** Whether the last receipt came. */
  get isClosed(): boolean {
    return this.#checker.final;
  }

  #accuse(receipt: IssuedReceipt): void {
    this.#receipts.push(receipt);
    const { message, tracks } = receipt;
    for (const [position, window] of message.sources.entries())
      if (this.#seen.contradicts(window, tracks.sources[position] ?? [])) this.#onOtherSource(window.index);
  }

  /** The broadcaster has looked at the source itself. */
  saw(seen: SeenSource): void {
    for (const window of this.#seen.saw(seen)) this.#onOtherSource(window);
  }

  /** As a part of the job's bundle. No URL is laid open. */
  bundled(): BundledAttempt {
    const attestation = this.#seen.attestation();
    return { ticket: this.#ticket, receipts: [...this.#receipts], ...(attestation && { attestation }) };
  }
}
