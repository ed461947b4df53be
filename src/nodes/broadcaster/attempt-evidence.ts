import type { Progress } from '../../rpc/attempt-event.js';
import type { ValidOrder } from '../../rpc/order.js';
import type { BundledAttempt } from '../../trust/bundle/bundle.js';
import type { SeenSource } from '../../trust/bundle/see-source.js';
import type { Bytes32 } from '../../trust/keys/signature.js';
import type { Signer } from '../../trust/keys/signer.js';
import type { SignedTicket } from '../../trust/orders/ticket.js';
import { ReceiptChecker, type ReceiptCheck } from '../../trust/receipts/receipt-checker.js';
import { receiptMessage, type IssuedReceipt, type SourceWindow } from '../../trust/receipts/receipt.js';
import type { SigningDomain } from '../../trust/typed-data/domain.js';
import { wireTicket } from '../wire-ticket.js';
import type { EvidenceArchive } from './evidence-archive.js';
import { SeenSources } from './seen-sources.js';
import { SourceWithholding } from './source-withholding.js';

export interface AttemptEvidenceOptions {
  domain: SigningDomain;
  order: ValidOrder;
  ticket: SignedTicket & { hash: Bytes32 };
  salt: Bytes32;
  /** The broadcaster's own. */
  signer: Signer;
  /** A receipt has other pictures of the source, in this window, than there are. */
  onOtherSource: (window: number) => void;
  /** The receipts have no windows of the source any more, though it has some. */
  onWithheldSource: () => void;
  /** Where what is in writing is kept. */
  keeper: Pick<EvidenceArchive, 'keep' | 'attest'>;
}

/** A stretch of the source's timeline. */
export interface Span {
  startUs: number;
  endUs: number;
}

/** Receipts that are at hand without the archive: enough to find the place of a recording. */
const mostRecent = 32;

// What an orchestrator may be behind what its transcoder reports, beyond the length of a window.
const graceUs = 5_000_000;

/** One attempt as its ticket and receipts have it. All but the newest of these are with the keeper only. */
export class AttemptEvidence {
  /** The order, with the ticket. */
  readonly order: ValidOrder;
  readonly #ticket: SignedTicket;
  readonly #checker: ReceiptChecker;
  readonly #seen: SeenSources;
  readonly #keeper: AttemptEvidenceOptions['keeper'];
  readonly #domain: SigningDomain;
  readonly #recent: IssuedReceipt[] = [];
  #span: Span | undefined;
  readonly #longestWindowUs: number;
  readonly #onOtherSource: (window: number) => void;
  readonly #onWithheldSource: () => void;
  readonly #withholding: SourceWithholding;
  /** Up to where the receipts reach; before the first, where delivery began. */
  #signedUntilUs: number | undefined;

  constructor(options: AttemptEvidenceOptions) {
    const { domain, order, ticket, salt, signer, onOtherSource, onWithheldSource, keeper } = options;
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
    this.#onWithheldSource = onWithheldSource;
    this.#keeper = keeper;
    this.#domain = domain;
    const longestGopMs = Math.max(...message.renditions.map(({ profile }) => profile.gopMs));
    this.#longestWindowUs = (message.windowMs + longestGopMs) * 1000;
    this.#withholding = new SourceWithholding({
      windowUs: message.windowMs * 1000,
      longestWindowUs: this.#longestWindowUs,
    });
  }

  /** Checks a receipt, and keeps it if it holds, or is evidence of what does not. */
  take(receipt: IssuedReceipt): ReceiptCheck {
    const check = this.#checker.check(receipt);
    if (!check.valid) {
      if (check.code === 'RECEIPT_SOURCE_OTHER') this.#accuse(receipt);
      return check;
    }
    this.#keep(receipt, check.hash);
    for (const { endTimestampUs } of check.receipt.renditions)
      this.#signedUntilUs = Math.max(this.#signedUntilUs ?? endTimestampUs, endTimestampUs);
    if (this.#withholding.took(check.receipt)) this.#onWithheldSource();
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
    const { message, tracks } = receipt;
    this.#keep(receipt, receiptMessage.hash(this.#domain, message));
    const others = message.sources.filter((window, position) =>
      this.#seen.contradicts(window, tracks.sources[position] ?? []),
    );
    this.#attest();
    for (const { index } of others) this.#onOtherSource(index);
  }

  #keep(receipt: IssuedReceipt, hash: Bytes32): void {
    this.#recent.push(receipt);
    if (this.#recent.length > mostRecent) this.#recent.shift();
    for (const { startTimestampUs: startUs, endTimestampUs: endUs } of windowsOf(receipt))
      this.#span = covering(this.#span, { startUs, endUs });
    const { jobId, attempt } = this.#ticket.message;
    this.#keeper.keep(jobId, attempt, receipt, hash);
  }

  #attest(): void {
    const { jobId, attempt } = this.#ticket.message;
    const attestation = this.#seen.attestation();
    if (attestation !== undefined) this.#keeper.attest(jobId, attempt, attestation);
  }

  /** The broadcaster has looked at the source itself. */
  saw(seen: SeenSource): void {
    const others = this.#seen.saw(seen);
    this.#attest();
    for (const window of others) this.#onOtherSource(window);
    this.#withholding.saw(seen);
    if (seen.isWithheld) this.#onWithheldSource();
  }

  /** What its receipts reach over, from the first window to the last. Absent: there is none. */
  get span(): Span | undefined {
    return this.#span;
  }

  /** The ticket, and the newest receipts. No URL is laid open. */
  recent(): BundledAttempt {
    return { ticket: this.#ticket, receipts: [...this.#recent] };
  }
}

function windowsOf({
  message: { sources, renditions },
}: IssuedReceipt): Pick<SourceWindow, 'startTimestampUs' | 'endTimestampUs'>[] {
  return [...sources, ...renditions];
}

/** The stretch over both. */
export function covering(one: Span | undefined, other: Span): Span {
  if (one === undefined) return other;
  return { startUs: Math.min(one.startUs, other.startUs), endUs: Math.max(one.endUs, other.endUs) };
}
