import { z } from 'zod';

import { bytes32 } from '../keys/signature.js';
import { ticketMessage, type SignedTicket } from '../orders/ticket.js';
import type { OpenedUrl } from '../orders/url-commitment.js';
import { issuedReceipt, receiptMessage, type IssuedReceipt } from '../receipts/receipt.js';
import { attestationMessage, type SignedAttestation } from '../receipts/source-attestation.js';
import { TrustError } from '../trust-error.js';
import { signingDomain, type SigningDomain } from '../typed-data/domain.js';
import { faultOf } from '../typed-data/fields.js';

/** Everything that there is about one job, for anybody to verify with a copy of the media. */
export interface Bundle {
  /** Says what the file is. */
  format: 'millrace-bundle';
  version: 1;
  domain: SigningDomain;
  /** In ascending order; a failover is the next attempt. */
  attempts: BundledAttempt[];
}

/** One attempt: what was ordered, and what was delivered. */
export interface BundledAttempt {
  ticket: SignedTicket;
  /** URLs of the ticket that are laid open. Absent: none is. */
  opened?: OpenedUrl[];
  /** In their order. Without a final one the attempt was cut off, or goes on. */
  receipts: IssuedReceipt[];
  /** Absent: the broadcaster did not look at the source itself. */
  attestation?: SignedAttestation;
}

// Each is looked for by itself in the copies. A job has a few.
const mostAttempts = 1_000;

// Whether a signature is one that is taken is a verdict, and no reason to leave the whole file unread.
const signature = z.string().max(1_024);

const attempt = z.strictObject({
  ticket: z.strictObject({ message: ticketMessage.schema, signature }),
  opened: z
    .array(
      z.strictObject({
        label: z.string().regex(/^(source|publish:.+|play:.+)$/, 'expected source, publish:NAME or play:NAME'),
        url: z.string().max(4_096),
        blinding: bytes32,
      }),
    )
    .max(65)
    .optional(),
  receipts: z.array(z.strictObject({ message: receiptMessage.schema, signature, tracks: issuedReceipt.shape.tracks })),
  attestation: z.strictObject({ message: attestationMessage.schema, signature }).optional(),
});

/** What a bundle has to look like. */
export const bundleSchema: z.ZodType<Bundle> = z.strictObject({
  format: z.literal('millrace-bundle'),
  version: z.literal(1),
  domain: signingDomain,
  attempts: z
    .array(attempt as z.ZodType<BundledAttempt>)
    .min(1)
    .max(mostAttempts),
});

/**
 * A bundle, as read from a file or the network.
 *
 * @throws {TrustError} `EVIDENCE_INVALID`, with a sentence that names the first field that is wrong
 */
export function parseBundle(value: unknown): Bundle {
  const parsed = bundleSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TrustError('EVIDENCE_INVALID', `This is no bundle of receipts. ${faultOf(parsed.error)}`);
}
