import type { EssenceTrack, EssenceWindow } from '../../transcoder/essence.js';
import type { Bytes32 } from '../keys/signature.js';
import type { Signer } from '../keys/signer.js';
import type { SigningDomain } from '../typed-data/domain.js';

import {
  mostWindows,
  noReceipt,
  receiptMessage,
  renditionWindow,
  sourceWindow,
  type IssuedReceipt,
  type Receipt,
} from './receipt.js';

/** What an orchestrator's receipts of one attempt are made with. */
export interface ReceiptBuilderOptions {
  domain: SigningDomain;
  signer: Signer;
  /** The hash of the attempt's ticket. */
  ticket: Bytes32;
  /** The names of the renditions, in the ticket's order. */
  renditions: readonly string[];
}

/** A receipt that was made, with what it is known by. */
export interface MadeReceipt {
  receipt: IssuedReceipt;
  hash: Bytes32;
}

/** How a rendition comes along: in step, not waited for, delivered to its end, or failed. */
type LaneState = 'inStep' | 'behind' | 'ended' | 'leftOut';

interface Lane {
  readonly name: string;
  state: LaneState;
  /** Windows without a receipt yet, in their order. */
  pending: EssenceWindow[];
  /** The index of the window that is to come next. */
  next: number;
  /** How often it had its turn: windows of different renditions that were closed at one time count alike. */
  turn: number;
}

/**
 * Makes the receipts of one attempt from the windows of its source and renditions, which come interleaved in any way.
 *
 * A receipt is made as soon as every rendition has closed a window since the last one. Keyframes fall on the same
 * timestamps in all of them, so that is once per window; a rendition that misses its turn, since it lost pictures or
 * hangs, is waited for until another one has closed two, and gets back in step with its next window. Nothing waits for
 * the source, whose windows go into the next receipt there is; only the final receipt does.
 */
export class ReceiptBuilder {
  readonly #options: ReceiptBuilderOptions;
  readonly #lanes: Lane[];
  #sources: EssenceWindow[] = [];
  #sourceNext = 0;
  #sourceEnded = false;
  #leftOut: string[] = [];
  #index = 0;
  /** The last turn that all had. */
  #turn = 0;
  #previous: Bytes32 = noReceipt;
  #closed = false;

  constructor(options: ReceiptBuilderOptions) {
    this.#options = options;
    this.#lanes = options.renditions.map((name) => ({ name, state: 'inStep', pending: [], next: 0, turn: 0 }));
  }

  /** Whether the final receipt was made. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Takes a window of the source, in the order of its indices; gives the receipts that can be made now. */
  addSource(window: EssenceWindow): MadeReceipt[] {
    if (this.#closed || window.index !== this.#sourceNext) return [];
    this.#sourceNext++;
    this.#sources.push(window);
    if (window.last) this.#sourceEnded = true;
    return this.#makeDue();
  }

  /**
   * Takes a rendition's window, in the order of its indices; gives the receipts that can be made now. A rendition
   * whose windows skip an index is left out from there on: what came between is not known.
   */
  addRendition(name: string, window: EssenceWindow): MadeReceipt[] {
    const lane = this.#comingLane(name);
    if (lane === undefined || window.index < lane.next) return [];
    if (window.index > lane.next) return this.leaveOut(name);
    lane.next++;
    lane.pending.push(window);
    if (lane.state === 'behind') lane.turn = Math.max(this.#turn, ...this.#inStep().map(({ turn }) => turn));
    else lane.turn++;
    const isLate = lane.turn === this.#turn;
    lane.state = window.last ? 'ended' : 'inStep';
    for (const other of this.#inStep()) if (lane.turn - other.turn > 1) other.state = 'behind';
    // The others had this turn already, so there is nothing to wait for.
    return isLate && !window.last ? [this.#make(), ...this.#makeDue()] : this.#makeDue();
  }

  /** A rendition failed: what it closed gets its receipt, and the next receipt says that it is left out from there on. */
  leaveOut(name: string): MadeReceipt[] {
    const lane = this.#comingLane(name);
    if (lane === undefined) return [];
    lane.state = 'leftOut';
    this.#leftOut.push(name);
    return this.#makeDue();
  }

  /** The attempt is over, however it ended: gives the receipts for all that was closed, the last of them final. */
  end(): MadeReceipt[] {
    if (this.#closed) return [];
    for (const lane of this.#lanes) {
      if (!isComing(lane)) continue;
      lane.state = 'leftOut';
      this.#leftOut.push(lane.name);
    }
    this.#sourceEnded = true;
    return this.#makeDue();
  }

  #comingLane(name: string): Lane | undefined {
    const lane = this.#lanes.find((candidate) => candidate.name === name);
    return this.#closed || lane === undefined || !isComing(lane) ? undefined : lane;
  }

  #inStep(): Lane[] {
    return this.#lanes.filter(({ state }) => state === 'inStep');
  }

  #makeDue(): MadeReceipt[] {
    const receipts: MadeReceipt[] = [];
    while (!this.#closed && this.#isDue()) receipts.push(this.#make());
    return receipts;
  }

  #isDue(): boolean {
    if (!this.#lanes.some(isComing)) return this.#sourceEnded;
    const hadTurn = this.#inStep().every(({ turn }) => turn > this.#turn);
    return hadTurn && this.#lanes.some(({ pending }) => pending.length > 0);
  }

  #make(): MadeReceipt {
    const turns = this.#inStep().map(({ turn }) => turn);
    if (turns.length > 0) this.#turn = Math.min(...turns);
    const sources = this.#sources.splice(0, mostWindows);
    const renditions = this.#lanes.flatMap(({ name, pending }) =>
      pending.splice(0).map((window) => ({ name, window })),
    );
    const final = this.#sourceEnded && this.#sources.length === 0 && !this.#lanes.some(isComing);
    const receipt: Receipt = {
      ticket: this.#options.ticket,
      index: this.#index++,
      previous: this.#previous,
      sources: sources.map(sourceWindow),
      renditions: renditions.map(({ name, window }) => renditionWindow(name, window)),
      leftOut: this.#leftOut.splice(0),
      final,
    };
    const { message, signature, hash } = receiptMessage.sign(this.#options.domain, receipt, this.#options.signer);
    this.#previous = hash;
    this.#closed = final;
    const tracks = { sources: sources.map(tracksOf), renditions: renditions.map(({ window }) => tracksOf(window)) };
    return { receipt: { message, signature, tracks }, hash };
  }
}

/** Whether windows of it may still come. */
function isComing({ state }: Lane): boolean {
  return state === 'inStep' || state === 'behind';
}

function tracksOf({ tracks }: EssenceWindow): EssenceTrack[] {
  return tracks.map(({ kind, codec, units, parameters, merkleRoot }) => ({
    kind,
    codec,
    units,
    parameters,
    merkleRoot,
  }));
}
