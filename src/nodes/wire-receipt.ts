import type { WireReceipt } from '../rpc/receipt.js';
import type { WireWindow } from '../rpc/essence-window.js';
import type { EssenceTrack } from '../transcoder/essence.js';
import type { IssuedReceipt } from '../trust/receipts/receipt.js';
import { fromHex, toHex } from './hex.js';
import { windowOf, wireWindow } from './wire-essence.js';

/** A receipt as it travels. */
export function wireReceipt(attempt: number, { message, signature, tracks }: IssuedReceipt): WireReceipt {
  const unpaid = { pixels: 0, width: 0, height: 0 };
  return {
    attempt,
    ticket: fromHex(message.ticket),
    index: message.index,
    previous: fromHex(message.previous),
    sources: message.sources.map((window, index) =>
      wireWindow('', { ...unpaid, ...window, tracks: tracks.sources[index] ?? [] }),
    ),
    renditions: message.renditions.map(({ name, ...window }, index) =>
      wireWindow(name, { ...window, tracks: tracks.renditions[index] ?? [] }),
    ),
    leftOut: message.leftOut,
    final: message.final,
    signature: fromHex(signature),
  };
}

/** The receipt that was signed, unchecked. */
export function receiptOf(wire: WireReceipt): IssuedReceipt {
  return {
    message: {
      ticket: `0x${toHex(wire.ticket)}`,
      index: wire.index,
      previous: `0x${toHex(wire.previous)}`,
      sources: wire.sources.map((window) => {
        const { index, root, frames, startTimestampUs, endTimestampUs } = windowOf(window);
        return { index, root: `0x${root}`, frames, startTimestampUs, endTimestampUs };
      }),
      renditions: wire.renditions.map((window) => {
        const { tracks: _tracks, root, ...figures } = windowOf(window);
        return { name: window.medium, root: `0x${root}`, ...figures };
      }),
      leftOut: wire.leftOut,
      final: wire.final,
    },
    signature: `0x${toHex(wire.signature)}`,
    tracks: { sources: wire.sources.map(tracksOf), renditions: wire.renditions.map(tracksOf) },
  };
}

function tracksOf(window: WireWindow): EssenceTrack[] {
  return windowOf(window).tracks;
}
