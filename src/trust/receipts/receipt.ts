import { z } from 'zod';

import type { EssenceTrack, EssenceWindow } from '../../transcoder/essence.js';
import { windowTracks } from '../essence/essence-track.js';
import { bytes32, signatureHex, type Bytes32 } from '../keys/signature.js';
import { renditionName, timestampUs, uint32, uint64 } from '../typed-data/fields.js';
import { TypedMessage, type Signed } from '../typed-data/typed-message.js';

/** An orchestrator's statement of what one window of an attempt delivered. */
export interface Receipt {
  /** The hash of the ticket, and with it the job, the attempt, the outputs, the profiles and the price. */
  ticket: Bytes32;
  /** Counts from 0 in each attempt. */
  index: number;
  /** The hash of the receipt before; zero for the first. */
  previous: Bytes32;
  /** The windows of the source that were closed since the receipt before: the source has keyframes of its own. */
  sources: SourceWindow[];
  /**
   * The windows of renditions that were closed since the receipt before, in the ticket's order: one of each as a rule. A
   * rendition that lost pictures on its way has fewer windows than the others, and is missing here now and then.
   */
  renditions: RenditionWindow[];
  /** The renditions that failed since the receipt before: no receipt has windows of them any more. */
  leftOut: string[];
  /** Whether it closes the attempt. */
  final: boolean;
}

/** One window of the source, as the transcoder read it. */
export interface SourceWindow {
  index: number;
  /** Of its essence. */
  root: Bytes32;
  /** Pictures. */
  frames: number;
  /** Of the first unit, in microseconds on the source's timeline. */
  startTimestampUs: number;
  /** Where the next window begins. */
  endTimestampUs: number;
}

/** One window of a rendition, as it was sent. */
export interface RenditionWindow {
  name: string;
  /** Counts from 0 in each attempt, for each rendition. */
  index: number;
  root: Bytes32;
  frames: number;
  /** Width times height, summed over the pictures: what is paid for. */
  pixels: number;
  width: number;
  height: number;
  startTimestampUs: number;
  endTimestampUs: number;
}

/**
 * What the roots of a receipt are made of. Not signed, since the roots are; a verifier of a copy needs it to know how many
 * units of which track a window has.
 */
export interface ReceiptTracks {
  /** Of each window of the source, in the receipt's order. */
  sources: EssenceTrack[][];
  /** Of each rendition, in the receipt's order. */
  renditions: EssenceTrack[][];
}

/** A receipt with its orchestrator's signature and its tracks, as it goes to the broadcaster. */
export interface IssuedReceipt extends Signed<Receipt> {
  tracks: ReceiptTracks;
}

/** What a receipt says of a window of the source. */
export function sourceWindow({ index, root, frames, startTimestampUs, endTimestampUs }: EssenceWindow): SourceWindow {
  return { index, root: `0x${root}`, frames, startTimestampUs, endTimestampUs };
}

/** What a receipt says of a rendition's window. */
export function renditionWindow(name: string, window: EssenceWindow): RenditionWindow {
  const { index, root, frames, pixels, width, height, startTimestampUs, endTimestampUs } = window;
  return { name, index, root: `0x${root}`, frames, pixels, width, height, startTimestampUs, endTimestampUs };
}

/** What stands for the receipt before the first. */
export const noReceipt: Bytes32 = `0x${'0'.repeat(64)}`;

/** How many windows of the source, and of the renditions together, one receipt holds at most. */
export const mostWindows = 256;

const span = { startTimestampUs: timestampUs, endTimestampUs: timestampUs };

const schema: z.ZodType<Receipt> = z.strictObject({
  ticket: bytes32,
  index: uint32,
  previous: bytes32,
  sources: z.array(z.strictObject({ index: uint32, root: bytes32, frames: uint32, ...span })).max(mostWindows),
  renditions: z
    .array(
      z.strictObject({
        name: renditionName,
        index: uint32,
        root: bytes32,
        frames: uint32,
        pixels: uint64,
        width: uint32,
        height: uint32,
        ...span,
      }),
    )
    .max(mostWindows),
  leftOut: z.array(renditionName).max(32),
  final: z.boolean(),
});

/** Hashing, signing and checking of receipts. */
export const receiptMessage = new TypedMessage<Receipt>(
  {
    Receipt: [
      { name: 'ticket', type: 'bytes32' },
      { name: 'index', type: 'uint32' },
      { name: 'previous', type: 'bytes32' },
      { name: 'sources', type: 'SourceWindow[]' },
      { name: 'renditions', type: 'RenditionWindow[]' },
      { name: 'leftOut', type: 'string[]' },
      { name: 'final', type: 'bool' },
    ],
    SourceWindow: [
      { name: 'index', type: 'uint32' },
      { name: 'root', type: 'bytes32' },
      { name: 'frames', type: 'uint32' },
      { name: 'startTimestampUs', type: 'int64' },
      { name: 'endTimestampUs', type: 'int64' },
    ],
    RenditionWindow: [
      { name: 'name', type: 'string' },
      { name: 'index', type: 'uint32' },
      { name: 'root', type: 'bytes32' },
      { name: 'frames', type: 'uint32' },
      { name: 'pixels', type: 'uint64' },
      { name: 'width', type: 'uint32' },
      { name: 'height', type: 'uint32' },
      { name: 'startTimestampUs', type: 'int64' },
      { name: 'endTimestampUs', type: 'int64' },
    ],
  },
  schema,
);

/** A receipt as it is sent and kept. */
export const issuedReceipt = z.strictObject({
  message: schema,
  signature: signatureHex,
  tracks: z.strictObject({
    sources: z.array(windowTracks).max(mostWindows),
    renditions: z.array(windowTracks).max(mostWindows),
  }),
});
