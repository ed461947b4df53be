import { randomBytes } from 'node:crypto';

import type { ValidOrder } from '../../rpc/order.js';
import type { Bundle } from '../../trust/bundle/bundle.js';
import type { SeenSource } from '../../trust/bundle/see-source.js';
import type { Signer } from '../../trust/keys/signer.js';
import { ticketFor } from '../../trust/orders/ordered-job.js';
import { ticketMessage } from '../../trust/orders/ticket.js';
import type { SigningDomain } from '../../trust/typed-data/domain.js';
import { orderedJob } from '../wire-ticket.js';
import { AttemptEvidence } from './attempt-evidence.js';
import type { OrchestratorTerms } from './orchestrator-client.js';

/** What a broadcaster signs its orders with. */
export interface BroadcasterTrust {
  domain: SigningDomain;
  signer: Signer;
  /** How long the windows are that receipts are asked for, in milliseconds, 100 to 60,000. */
  windowMs: number;
}

// Clocks may differ; an order is taken within a second or not at all.
const clockToleranceS = 30;
const validForS = 60;

/** What there is in writing about a job, over all its attempts. */
export class JobEvidence {
  readonly #trust: BroadcasterTrust;
  readonly #onOtherSource: (attempt: number, window: number) => void;
  readonly #attempts: AttemptEvidence[] = [];

  /** @param onOtherSource hears of receipts with other pictures of the source than there are. Default: nobody does. */
  constructor(trust: BroadcasterTrust, onOtherSource: (attempt: number, window: number) => void = () => undefined) {
    this.#trust = trust;
    this.#onOtherSource = onOtherSource;
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
    const attempt = new AttemptEvidence({
      domain,
      order,
      salt,
      ticket: ticketMessage.sign(domain, ticket, signer),
      signer,
      onOtherSource: (window) => {
        this.#onOtherSource(order.attempt, window);
      },
    });
    this.#attempts.push(attempt);
    return attempt;
  }

  /** The broadcaster has looked at the source of an attempt itself. */
  saw(attempt: number, seen: SeenSource): void {
    this.#attempts.find(({ order }) => order.attempt === attempt)?.saw(seen);
  }

  /** For anybody to verify with a copy of the media. */
  bundle(): Bundle {
    const attempts = this.#attempts.map((attempt) => attempt.bundled());
    return { format: 'millrace-bundle', version: 1, domain: this.#trust.domain, attempts };
  }
}
