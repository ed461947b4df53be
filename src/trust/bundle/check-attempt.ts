import { setImmediate } from 'node:timers/promises';

import type { Bytes32 } from '../keys/signature.js';
import { ticketMessage, type Ticket } from '../orders/ticket.js';
import { commitmentOf, type OpenedUrl } from '../orders/url-commitment.js';
import { ReceiptChecker, type ReceiptFaultCode } from '../receipts/receipt-checker.js';
import { receiptMessage, type IssuedReceipt } from '../receipts/receipt.js';
import { attestationMessage, type SignedAttestation } from '../receipts/source-attestation.js';
import type { SigningDomain } from '../typed-data/domain.js';

import type { BundledAttempt } from './bundle.js';
import type { AttemptVerdict, Remark, WindowVerdict } from './verdict.js';

/** Signatures are checked for this long, in milliseconds, before something else gets its turn. */
const sliceMs = 20;

/** Checks everything of an attempt but the media. */
export async function checkAttempt(domain: SigningDomain, bundled: BundledAttempt): Promise<AttemptVerdict> {
  const ticket = bundled.ticket.message;
  const ticketHash = ticketMessage.hash(domain, ticket);
  const faults: Remark[] = [];
  const ticketCheck = ticketMessage.check(domain, bundled.ticket, ticket.broadcaster);
  if (!ticketCheck.valid) faults.push({ code: 'TICKET_SIGNATURE', message: `The ticket: ${ticketCheck.reason}` });
  const otherUrl = bundled.opened?.find((opened) => commitmentIn(ticket, opened) !== commitmentOf(opened));
  if (otherUrl !== undefined)
    faults.push({ code: 'OTHER_URL', message: `The URL that is laid open as ${otherUrl.label} is not the ticket's.` });
  const attested = attestedRoots({ domain, ticket, ticketHash, faults }, bundled.attestation);

  const checker = new ReceiptChecker({ domain, ticket, ticketHash });
  const windows: WindowVerdict[] = [];
  const { receipts } = bundled;
  const refused: Context['refused'] = { runs: [], isLast: false };
  let sliceEnd = performance.now() + sliceMs;
  for (const [position, issued] of receipts.entries()) {
    windows.push(...windowsOf(issued, { checker, domain, ticket, attested, faults, position, refused }));
    if (performance.now() < sliceEnd) continue;
    await setImmediate();
    sliceEnd = performance.now() + sliceMs;
  }
  const { jobId, attempt, broadcaster, orchestrator } = ticket;
  for (const run of refused.runs) if (run.behind > 0) faults.push(behindRemark(run));
  const receipted = new Set(windows.flatMap(({ rendition, window }) => (rendition === undefined ? [window] : [])));
  return {
    ...{ jobId, attempt, broadcaster, orchestrator, ticket: ticketHash, faults },
    ending: checker.final ? 'closed' : receipts.some(({ message }) => message.final) ? 'finalRefused' : 'open',
    leftOut: [...checker.leftOut],
    windows,
    attestedOnly: [...attested.keys()].filter((index) => !receipted.has(index)),
  };
}

/** Receipts in a row that were refused. */
interface Refusals {
  /** Index of the first of them. */
  first: number;
  /** How many of the others have no other fault than that. */
  behind: number;
}

function behindRemark({ first, behind }: Refusals): Remark {
  const receipts = behind === 1 ? 'The receipt' : `The ${behind} receipts`;
  const message = `${receipts} behind receipt ${first}, which is refused, cannot be chained.`;
  return { code: 'RECEIPT_BEHIND_REFUSED', message };
}

/** What becomes of a receipt for no other fault than that one before it was not taken. */
const consequences: ReadonlySet<ReceiptFaultCode> = new Set(['RECEIPT_OUT_OF_ORDER', 'RECEIPT_CHAIN_BROKEN']);

interface Context {
  checker: ReceiptChecker;
  domain: SigningDomain;
  ticket: Ticket;
  attested: ReadonlyMap<number, Bytes32>;
  faults: Remark[];
  position: number;
  /** `isLast`: the receipt before this one is of the last run. */
  refused: { runs: Refusals[]; isLast: boolean };
}

function windowsOf(issued: IssuedReceipt, context: Context): WindowVerdict[] {
  const { message: receipt } = issued;
  const { reasons, ...standing } = receiptStanding(issued, context);
  const base = { receipt: receipt.index, ...standing, media: 'noCopyGiven' as const };
  return [
    ...receipt.sources.map(({ index, root }): WindowVerdict => {
      const attestedRoot = context.attested.get(index);
      if (attestedRoot === undefined) return { window: index, ...base, reasons: [...reasons] };
      if (attestedRoot === root) return { window: index, ...base, attested: 'holds', reasons: [...reasons] };
      const other: Remark = { code: 'ATTESTED_OTHER', message: 'the broadcaster attests other media' };
      return { window: index, ...base, attested: 'doesNotHold', reasons: [...reasons, other] };
    }),
    ...receipt.renditions.map(({ name, index }) => ({
      rendition: name,
      window: index,
      ...base,
      reasons: [...reasons],
    })),
  ];
}

/** Checks a receipt, in its turn. */
function receiptStanding(
  issued: IssuedReceipt,
  { checker, domain, ticket, refused, ...context }: Context,
): Pick<WindowVerdict, 'signature' | 'chain' | 'reasons'> {
  const { message, signature } = issued;
  const check = checker.check(issued);
  if (check.valid) {
    refused.isLast = false;
    return { signature: 'holds', chain: 'holds', reasons: [] };
  }
  // The checker stops at the first fault; the signature may hold all the same.
  const signed = receiptMessage.check(domain, { message, signature }, ticket.orchestrator);
  const run = refused.isLast ? refused.runs.at(-1) : undefined;
  const isBehind = run !== undefined && message.index > run.first && consequences.has(check.code);
  const reasons: Remark[] = [];
  // Said first: what nobody signed, nobody can be blamed for.
  if (!signed.valid && check.code !== 'RECEIPT_WRONG_SIGNER')
    reasons.push({ code: 'RECEIPT_WRONG_SIGNER', message: signed.reason });
  if (isBehind) {
    if (signed.valid) run.behind += 1;
    reasons.push({ code: 'RECEIPT_BEHIND_REFUSED', message: 'a receipt before it is refused' });
  } else {
    reasons.push({ code: check.code, message: check.message });
    if (run === undefined) refused.runs.push({ first: message.index, behind: 0 });
    refused.isLast = true;
  }
  if (message.sources.length + message.renditions.length === 0 && !(isBehind && signed.valid))
    context.faults.push(
      ...reasons.map(({ code, message: why }) => ({ code, message: `Receipt number ${context.position}: ${why}` })),
    );
  return {
    signature: signed.valid ? 'holds' : 'doesNotHold',
    chain: check.code === 'RECEIPT_WRONG_SIGNER' ? 'holds' : 'doesNotHold',
    reasons,
  };
}

/** The roots that a valid attestation has, by their windows. */
function attestedRoots(
  { domain, ticket, ticketHash, faults }: Pick<Context, 'domain' | 'ticket' | 'faults'> & { ticketHash: Bytes32 },
  attestation: SignedAttestation | undefined,
): ReadonlyMap<number, Bytes32> {
  if (attestation === undefined) return new Map();
  const check = attestationMessage.check(domain, attestation, ticket.broadcaster);
  if (!check.valid) {
    faults.push({ code: 'ATTESTATION_SIGNATURE', message: `The attestation: ${check.reason}` });
    return new Map();
  }
  const { jobId, ticket: attestedTicket, windows } = check.message;
  if (jobId !== ticket.jobId || attestedTicket !== ticketHash) {
    faults.push({ code: 'OTHER_ATTEMPT', message: 'The attestation is about another attempt.' });
    return new Map();
  }
  return new Map(windows.map(({ index, root }) => [index, root]));
}

/** What the ticket has under a label. Absent: nothing. */
function commitmentIn({ source, renditions }: Ticket, { label }: OpenedUrl): Bytes32 | undefined {
  if (label === 'source') return source;
  const divider = label.indexOf(':');
  const rendition = renditions.find(({ name }) => name === label.slice(divider + 1));
  return label.startsWith('publish:') ? rendition?.publish : rendition?.play;
}
