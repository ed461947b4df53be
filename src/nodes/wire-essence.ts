import type { WireWindow } from '../rpc/essence-window.js';
import type { EssenceCodec, EssenceTrack, EssenceWindow } from '../transcoder/essence.js';
import { fromHex, toHex } from './hex.js';

/** What a window is, without its place in the chain and whether it is the last: those are the sender's to say. */
export type WindowContent = Omit<EssenceWindow, 'chain' | 'last'>;

/** A window as the network has it. */
export function wireWindow(medium: string, window: WindowContent): WireWindow {
  const { index, root, tracks, frames, pixels, width, height, startTimestampUs, endTimestampUs } = window;
  return {
    ...{ medium, index, frames, pixels, width, height, startTimestampUs, endTimestampUs },
    root: fromHex(root),
    tracks: tracks.map(({ kind, codec, units, parameters, merkleRoot }) => ({
      video: kind === 'video',
      codec,
      units,
      parameters: fromHex(parameters),
      merkleRoot: fromHex(merkleRoot),
    })),
  };
}

/** The window that a message of the network tells of. */
export function windowOf({ root, tracks, medium: _medium, ...figures }: WireWindow): WindowContent {
  return { ...figures, root: toHex(root), tracks: tracks.map(trackOf) };
}

function trackOf({ video, codec, units, parameters, merkleRoot }: WireWindow['tracks'][number]): EssenceTrack {
  return {
    kind: video ? 'video' : 'audio',
    codec: isCodec(codec) ? codec : 'other',
    units,
    parameters: toHex(parameters),
    merkleRoot: toHex(merkleRoot),
  };
}

const codecs: readonly string[] = ['h264', 'hevc', 'av1', 'aac', 'opus', 'other'] satisfies EssenceCodec[];

function isCodec(text: string): text is EssenceCodec {
  return codecs.includes(text);
}
