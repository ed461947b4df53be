import { randomBytes } from 'node:crypto';

import type { ValidOrder } from '../../rpc/order.js';
import type { BundledAttempt } from '../../trust/bundle/bundle.js';
import type { SeenSource } from '../../trust/bundle/see-source.js';
import type { Signer } from '../../trust/keys/signer.js';
import { ticketFor } from '../../trust/orders/ordered-job.js';
import { ticketMessage } from '../../trust/orders/ticket.js';
import type { SigningDomain } from '../../trust/typed-data/domain.js';
import { orderedJob } from '../wire-ticket.js';
import { AttemptEvidence, covering, type Span } from './attempt-evidence.js';
import type { EvidenceArchive } from './evidence-archive.js';
import type { OrchestratorTerms } from './orchestrator-client.js';

/** What a broadcaster signs its orders with. */
export interface BroadcasterTrust {
  domain: SigningDomain;
  signer: Signer;
  /** How long the windows are that receipts are asked for, in milliseconds, 100 to 60,000. */
  windowMs: number;
}

/** How the evidence of a job is kept. */
export interface JobEvidenceOptions {
  /** The name that the job is asked for by. */
  segment: string;
  archive: Pick<EvidenceArchive, 'begin' | 'keep' | 'attest' | 'attempt'>;
  /** A receipt has other pictures of the source, in this window, than there are. */
  onOtherSource: (attempt: number, window: number) => void;
  /** The receipts have no windows of the source any more, though it has some. */
  onWithheldSource: (attempt: number) => void;
}

// Clocks may differ; an order is taken within a second or not at all.
const clockToleranceS = 30;
const validForS = 60;
const mostAttempts = 8;

/** What there is in writing about a job, over all its attempts. */
export class JobEvidence {
  readonly #trust: BroadcasterTrust;
  readonly #options: JobEvidenceOptions;
  /** The last ones, since a stream may go on for days. */
  readonly #attempts: AttemptEvidence[] = [];
  #spanBefore: Span | undefined;

  /** @param options Default: nothing is kept, and nobody hears of anything. */
  constructor(trust: BroadcasterTrust, options: JobEvidenceOptions = notKept) {
    this.#trust = trust;
    this.#options = options;
  }

  /** Makes an order out to an orchestrator. `playUrls` are those of the order's renditions, in their order. */
  sign(order: ValidOrder, terms: OrchestratorTerms, playUrls: readonly string[]): AttemptEvidence {
    const { domain, signer, windowMs } = this.#trust;
    const salt = `0x${randomBytes(32).toString('hex')}`;
    const nowS = Math.floor(Date.now() / 1000);
    const ticket = ticketFor(
      orderedJob(order, playUrls),
      {
        broadcaster: signer.address,
        orchestrator: terms.orchestrator,
        price: terms.price,
        notBefore: nowS - clockToleranceS,
        notAfter: nowS + validForS,
        windowMs,
      },
      salt,
    );
    const signed = ticketMessage.sign(domain, ticket, signer);
    const { segment, archive, onOtherSource, onWithheldSource } = this.#options;
    const attempt = new AttemptEvidence({
      domain,
      order,
      salt,
      ticket: signed,
      signer,
      onOtherSource: (window) => {
        onOtherSource(order.attempt, window);
      },
      onWithheldSource: () => {
        onWithheldSource(order.attempt);
      },
      keeper: archive,
    });
    archive.begin(segment, signed);
    this.#attempts.push(attempt);
    if (this.#attempts.length > mostAttempts) this.#spanBefore = spanOf(this.#attempts.shift(), this.#spanBefore);
    return attempt;
  }

  /** The broadcaster has looked at the source of an attempt itself. */
  saw(attempt: number, seen: SeenSource): void {
    this.#find(attempt)?.saw(seen);
  }

  /** An attempt with its newest receipts. */
  recent(attempt: number): BundledAttempt | undefined {
    return this.#find(attempt)?.recent();
  }

  /**
   * An attempt with all its receipts up to a point of the source's timeline.
   *
   * @throws LedgerError
   */
  until(attempt: number, untilUs: number): BundledAttempt | undefined {
    const jobId = this.#find(attempt)?.order.jobId;
    return jobId === undefined ? undefined : this.#options.archive.attempt(jobId, attempt, untilUs);
  }

  /** What the receipts of all attempts reach over. */
  get span(): Span | undefined {
    return this.#attempts.reduce((span, attempt) => spanOf(attempt, span), this.#spanBefore);
  }

  #find(attempt: number): AttemptEvidence | undefined {
    return this.#attempts.find(({ order }) => order.attempt === attempt);
  }
}

function spanOf(attempt: AttemptEvidence | undefined, before: Span | undefined): Span | undefined {
  return attempt?.span === undefined ? before : covering(before, attempt.span);
}

const notKept: JobEvidenceOptions = {
  segment: '',
  archive: { begin: nothing, keep: nothing, attest: nothing, attempt: () => undefined },
  onOtherSource: nothing,
  onWithheldSource: nothing,
};

function nothing(): void {
  // Nobody asks for it.
}
