import type { EssenceTrack } from '../../transcoder/essence.js';
import type { Bytes32 } from '../keys/signature.js';
import type { OrderedProfile, Ticket } from '../orders/ticket.js';
import { faultOf } from '../typed-data/fields.js';
import type { SigningDomain } from '../typed-data/domain.js';

import {
  issuedReceipt,
  noReceipt,
  receiptMessage,
  type IssuedReceipt,
  type Receipt,
  type SourceWindow,
} from './receipt.js';
import {
  codecFault,
  pixelFault,
  placeWindow,
  tracksFault,
  type LastWindow,
  type WindowFault,
  type WindowFaultCode,
} from './window-fault.js';

/** Why a receipt is not taken. The codes are stable. */
export type ReceiptFaultCode =
  | 'RECEIPT_MALFORMED'
  /** Not signed by the orchestrator of the ticket, or changed since. */
  | 'RECEIPT_WRONG_SIGNER'
  /** It is of another attempt, job or price. */
  | 'RECEIPT_OTHER_TICKET'
  /** It came twice, too early, or one before it is missing. */
  | 'RECEIPT_OUT_OF_ORDER'
  /** The receipt before it is another one than that which came. */
  | 'RECEIPT_CHAIN_BROKEN'
  | 'RECEIPT_AFTER_FINAL'
  /** It has no window and says nothing else. */
  | 'RECEIPT_EMPTY'
  /** A rendition that the ticket does not order, or that was left out before; a window of one that is missing or comes again. */
  | 'RECEIPT_RENDITION_UNEXPECTED'
  /** A window of the source is missing, or comes again. */
  | 'RECEIPT_SOURCE_UNEXPECTED'
  | WindowFaultCode
  /** The broadcaster's own look at the source gives another root. Everything else about it holds, the signature too. */
  | 'RECEIPT_SOURCE_OTHER';

/** What checking a receipt comes to; `message` is a sentence. */
export type ReceiptCheck =
  { valid: true; receipt: Receipt; hash: Bytes32 } | { valid: false; code: ReceiptFaultCode; message: string };

type Refusal = Extract<ReceiptCheck, { valid: false }>;
type Fault = Refusal | undefined;

/** Of a rendition: the index of its next window, and its last one. */
interface Lane {
  next: number;
  last: LastWindow | undefined;
}

/** What receipts are held against. */
export interface ReceiptCheckerOptions {
  domain: SigningDomain;
  ticket: Ticket;
  /** The ticket's. */
  ticketHash: Bytes32;
  /**
   * Whether a window of the source, whose tracks make up its root, is another one than the broadcaster's own reading has.
   * Absent: it has read nothing.
   */
  isOtherSource?: (window: SourceWindow, tracks: readonly EssenceTrack[]) => boolean;
}

/**
 * Checks the receipts of one attempt as they come. One that is refused changes nothing: the next must still follow the
 * last that was taken.
 */
export class ReceiptChecker {
  readonly #options: ReceiptCheckerOptions;
  #lanes: ReadonlyMap<string, Lane> = new Map();
  #index = 0;
  #previous: Bytes32 = noReceipt;
  #sourceIndex = 0;
  #lastSource: LastWindow | undefined;
  readonly #leftOut = new Set<string>();
  #final = false;

  constructor(options: ReceiptCheckerOptions) {
    this.#options = options;
  }

  /** Whether the final receipt was taken. */
  get final(): boolean {
    return this.#final;
  }

  /** The renditions that receipts said are no longer delivered. */
  get leftOut(): ReadonlySet<string> {
    return this.#leftOut;
  }

  /** Checks a receipt, unchecked as it came, and takes it if it is valid. Some two tenths of a millisecond. */
  check(issued: unknown): ReceiptCheck {
    const parsed = issuedReceipt.safeParse(issued);
    if (!parsed.success) return fault('RECEIPT_MALFORMED', faultOf(parsed.error));
    const { message: receipt, signature } = parsed.data;
    const misplaced = this.#placeFault(receipt);
    if (misplaced !== undefined) return misplaced;
    const source = this.#placeSources(parsed.data);
    if ('valid' in source) return source;
    const lanes = this.#placeRenditions(parsed.data);
    if ('valid' in lanes) return lanes;
    const mismatch = this.#contentFault(parsed.data);
    if (mismatch !== undefined) return mismatch;
    const { domain, ticket } = this.#options;
    const check = receiptMessage.checkParsed(domain, { message: receipt, signature }, ticket.orchestrator);
    if (!check.valid) return fault('RECEIPT_WRONG_SIGNER', check.reason);
    const other = this.#otherSource(parsed.data);
    if (other !== undefined) return other;
    this.#take(receipt, check.hash);
    this.#lastSource = source.last;
    this.#lanes = lanes;
    return { valid: true, receipt, hash: check.hash };
  }

  #placeFault({ ticket, index, previous, sources, renditions, leftOut, final }: Receipt): Fault {
    if (ticket !== this.#options.ticketHash)
      return fault('RECEIPT_OTHER_TICKET', 'The receipt is for another ticket: another attempt, job or price.');
    if (this.#final) return fault('RECEIPT_AFTER_FINAL', 'The attempt was closed by a receipt before this one.');
    if (index !== this.#index)
      return fault('RECEIPT_OUT_OF_ORDER', `Receipt ${index} came where ${this.#index} is the next.`);
    if (sources.length + renditions.length + leftOut.length === 0 && !final)
      return fault('RECEIPT_EMPTY', `Receipt ${index} says nothing, and is not the final one.`);
    if (previous !== this.#previous)
      return fault(
        'RECEIPT_CHAIN_BROKEN',
        `Receipt ${index} follows another receipt than the one that came before it.`,
      );
    return undefined;
  }

  /** Gives the last window of the source then. */
  #placeSources({ message: { sources }, tracks }: IssuedReceipt): Refusal | { last: LastWindow | undefined } {
    let last = this.#lastSource;
    for (const [offset, window] of sources.entries()) {
      const expected = this.#sourceIndex + offset;
      if (window.index !== expected)
        return fault(
          'RECEIPT_SOURCE_UNEXPECTED',
          `Window ${window.index} of the source came where ${expected} is the next.`,
        );
      const own = tracks.sources[offset] ?? [];
      const placed = placeWindow('the source', window, own, last, this.#options.ticket.windowMs);
      if ('fault' in placed) return refusal(placed.fault);
      last = placed.last;
    }
    return { last };
  }

  /** Gives the last windows of the renditions then. */
  #placeRenditions({ message, tracks }: IssuedReceipt): Refusal | ReadonlyMap<string, Lane> {
    const { renditions, leftOut } = message;
    const lanes = new Map(this.#lanes);
    let position = 0;
    for (const [offset, window] of renditions.entries()) {
      const { name, index } = window;
      const ordered = this.#ordered(name);
      if (ordered === undefined || ordered.position < position)
        return fault('RECEIPT_RENDITION_UNEXPECTED', `${name} has no place in this receipt.`);
      position = ordered.position;
      const { next, last } = lanes.get(name) ?? { next: 0, last: undefined };
      if (index !== next)
        return fault('RECEIPT_RENDITION_UNEXPECTED', `Window ${index} of ${name} came where ${next} is the next.`);
      const { windowMs } = this.#options.ticket;
      const placed = placeWindow(name, window, tracks.renditions[offset] ?? [], last, windowMs);
      if ('fault' in placed) return refusal(placed.fault);
      const impossible = pixelFault(window, ordered.profile, windowMs);
      if (impossible !== undefined) return refusal(impossible);
      lanes.set(name, { next: next + 1, last: placed.last });
    }
    const unknown = leftOut.find((name) => this.#ordered(name) === undefined);
    if (unknown === undefined && new Set(leftOut).size === leftOut.length) return lanes;
    return fault(
      'RECEIPT_RENDITION_UNEXPECTED',
      'The receipt leaves out a rendition that was not there to be left out.',
    );
  }

  #contentFault({ message: { sources, renditions }, tracks }: IssuedReceipt): Fault {
    if (tracks.sources.length !== sources.length || tracks.renditions.length !== renditions.length)
      return fault('RECEIPT_TRACKS_MISMATCH', 'The receipt has not the tracks of each of its windows.');
    for (const [position, window] of sources.entries()) {
      const wrong = tracksFault(`Window ${window.index} of the source`, window, tracks.sources[position] ?? []);
      if (wrong !== undefined) return refusal(wrong);
    }
    for (const [position, window] of renditions.entries()) {
      const { name } = window;
      const own = tracks.renditions[position] ?? [];
      const profile = this.#ordered(name)?.profile;
      const wrong = tracksFault(name, window, own) ?? (profile && codecFault(name, own, profile));
      if (wrong !== undefined) return refusal(wrong);
    }
    return undefined;
  }

  /** Last of all: it accuses, and so needs a signature. */
  #otherSource({ message: { sources }, tracks }: IssuedReceipt): Fault {
    const { isOtherSource } = this.#options;
    const other = sources.find((window, index) => isOtherSource?.(window, tracks.sources[index] ?? []) === true);
    if (other === undefined) return undefined;
    return fault('RECEIPT_SOURCE_OTHER', `Window ${other.index} of the source is not what the broadcaster saw there.`);
  }

  /** Where a rendition stands in the ticket. Absent: it is not ordered, or was left out. */
  #ordered(name: string): { position: number; profile: OrderedProfile } | undefined {
    const { renditions } = this.#options.ticket;
    const position = renditions.findIndex((rendition) => rendition.name === name);
    const rendition = renditions[position];
    if (rendition === undefined || this.#leftOut.has(name)) return undefined;
    return { position, profile: rendition.profile };
  }

  #take({ sources, leftOut, final }: Receipt, hash: Bytes32): void {
    this.#index++;
    this.#previous = hash;
    this.#final = final;
    this.#sourceIndex += sources.length;
    for (const name of leftOut) this.#leftOut.add(name);
  }
}

function refusal({ code, message }: WindowFault): Refusal {
  return fault(code, message);
}

function fault(code: ReceiptFaultCode, message: string): Refusal {
  return { valid: false, code, message };
}
