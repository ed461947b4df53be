import type { EssenceCopy } from '../../transcoder/essence.js';
import { cutWindows } from '../essence/cut-windows.js';
import { findWindows } from '../essence/find-windows.js';
import type { Signer } from '../keys/signer.js';
import { ticketMessage, type SignedTicket } from '../orders/ticket.js';
import { attestationMessage, type AttestedWindow, type SignedAttestation } from '../receipts/source-attestation.js';
import { TrustError } from '../trust-error.js';
import type { SigningDomain } from '../typed-data/domain.js';

import type { BundledAttempt } from './bundle.js';
import { soughtSources } from './check-media.js';

/** What an attestation is made with. */
export interface AttestOptions {
  domain: SigningDomain;
  /** The broadcaster's. */
  signer: Signer;
}

/**
 * Attests the windows of the source that an attempt's receipts have and that the broadcaster's own copy holds whole.
 *
 * @throws {TrustError} `EVIDENCE_INVALID` when the copy holds none of them, or the ticket is somebody else's
 */
export function attestReceipts(
  copy: EssenceCopy,
  attempt: BundledAttempt,
  options: AttestOptions,
): SignedAttestation & { missed: number } {
  const claims = soughtSources(attempt);
  const findings = findWindows(copy, claims);
  const windows = claims
    .filter((_, index) => findings[index]?.verdict === 'holds')
    .map(({ index, root }) => ({ index, root }));
  if (windows.length === 0) throw invalid('The copy holds none of the windows of the source that the receipts have.');
  return { ...attest(attempt.ticket, windows, options), missed: claims.length - windows.length };
}

/**
 * Attests the windows of a copy that begins where the attempt began to read, which a file does, and a live source does
 * not: there, attest what the receipts have.
 *
 * @throws {TrustError} `EVIDENCE_INVALID` when there is nothing in the copy, or the ticket is somebody else's
 */
export function attestCopy(copy: EssenceCopy, ticket: SignedTicket, options: AttestOptions): SignedAttestation {
  const windows = cutWindows(copy, ticket.message.windowMs).map(({ index, root }) => ({ index, root: `0x${root}` }));
  if (windows.length === 0) throw invalid('The copy has neither pictures nor sound.');
  return attest(ticket, windows, options);
}

function attest(ticket: SignedTicket, windows: AttestedWindow[], { domain, signer }: AttestOptions): SignedAttestation {
  const check = ticketMessage.check(domain, ticket, signer.address);
  if (!check.valid || check.message.broadcaster !== signer.address)
    throw invalid(`The ticket is not signed by ${signer.checksumAddress}, whose key this is: use the broadcaster's.`);
  const { message, signature } = attestationMessage.sign(
    domain,
    { jobId: check.message.jobId, ticket: check.hash, windows },
    signer,
  );
  return { message, signature };
}

function invalid(message: string): TrustError {
  return new TrustError('EVIDENCE_INVALID', message);
}
