import type { EssenceTrack } from '../../transcoder/essence.js';
import { windowRoot } from '../essence/window-root.js';
import { codecOf, type OrderedProfile } from '../orders/ticket.js';

import { fitsBox } from './picture-box.js';
import { mostFrames, mostPixelsPerFrame } from './pixel-limit.js';
import type { RenditionWindow, SourceWindow } from './receipt.js';

/** What a window cannot be. The codes are stable. */
export type WindowFaultCode =
  /** A root is not the one of its tracks, or its frames not their units. */
  | 'RECEIPT_TRACKS_MISMATCH'
  /** More pixels than the frames can have, or more frames than the window has room for. */
  | 'RECEIPT_PIXELS_IMPOSSIBLE'
  /** Another codec or size of pictures than the ticket orders. */
  | 'RECEIPT_PROFILE_OTHER'
  /** A window ends before it begins or before it may, or begins before the one before it ended. */
  | 'RECEIPT_TIME_IMPOSSIBLE';

/** What is wrong with a window; `message` is a sentence. */
export interface WindowFault {
  code: WindowFaultCode;
  message: string;
}

/** Where a window lies. */
export type WindowSpan = Pick<SourceWindow, 'startTimestampUs' | 'endTimestampUs'>;

/** What the next window of a medium is held against. */
export interface LastWindow extends WindowSpan {
  /** Of each kind of track: the codec that was last. */
  codecs: ReadonlyMap<EssenceTrack['kind'], string>;
  /** How many windows were cut short until then. */
  cutShort: number;
}

/** Media servers' clocks count in milliseconds or in ninetieths of them. */
const roundingUs = 1_000;

/**
 * A window also ends where a track's codec changes (docs/essence.md): as often as programmes and the advertisements in them
 * take turns, and no more, since every window has a little room for more frames than its time has.
 */
const cutShortAtMost = 8;
const windowsPerCut = 4;

/**
 * Whether a window can lie there, and what the next one is held against.
 *
 * @param medium what it is called in a sentence
 * @param tracks those of the window
 * @param before the window before it, of the same medium
 * @param windowMs how long windows were ordered to be
 */
export function placeWindow(
  medium: string,
  window: WindowSpan & Pick<SourceWindow, 'index'>,
  tracks: readonly EssenceTrack[],
  before: LastWindow | undefined,
  windowMs: number,
): { fault: WindowFault } | { last: LastWindow } {
  const { index, startTimestampUs, endTimestampUs } = window;
  if (endTimestampUs < startTimestampUs) return impossibleTime(`A window of ${medium} ends before it begins.`);
  const codecs = new Map(before?.codecs);
  const isOther = tracks.some(({ kind, codec }) => (codecs.get(kind) ?? codec) !== codec);
  for (const { kind, codec } of tracks) codecs.set(kind, codec);
  const last = { startTimestampUs, endTimestampUs, codecs, cutShort: before?.cutShort ?? 0 };
  if (before === undefined) return { last };
  if (startTimestampUs < before.endTimestampUs - roundingUs)
    return impossibleTime(`A window of ${medium} begins before the one before it ended.`);
  // But for those, only the last may be shorter than was ordered; so receipts cannot come faster than media is claimed.
  const wasShort = before.endTimestampUs - before.startTimestampUs < windowMs * 1000 - roundingUs;
  if (!wasShort) return { last };
  if (isOther && before.cutShort < cutShortAtMost + index / windowsPerCut)
    return { last: { ...last, cutShort: before.cutShort + 1 } };
  return impossibleTime(`A window of ${medium} goes on behind one that was too short.`);
}

/** Whether a rendition's window can have so many frames and pixels, of pictures that large. */
export function pixelFault(
  { name, frames, pixels, width, height, startTimestampUs, endTimestampUs }: Omit<RenditionWindow, 'index' | 'root'>,
  profile: OrderedProfile,
  windowMs: number,
): WindowFault | undefined {
  const mostPerFrame = mostPixelsPerFrame(profile);
  const isEmpty = frames === 0 ? pixels !== 0 : pixels === 0;
  if (isEmpty || width * height > mostPerFrame || pixels > frames * mostPerFrame)
    return impossiblePixels(`${name} claims ${pixels} pixels for ${frames} frames of its profile.`);
  const lengthUs = endTimestampUs - startTimestampUs;
  if (frames > mostFrames(profile, windowMs, lengthUs))
    return impossiblePixels(`${name} claims ${frames} frames in ${lengthUs} us of its profile.`);
  if (frames > 0 && !fitsBox({ width, height }, profile))
    return otherProfile(`${name} has pictures of ${width}x${height}, which do not fit its profile.`);
  return undefined;
}

/** Whether a window's tracks make up its root, and have as many pictures as it has frames. */
export function tracksFault(
  medium: string,
  { root, frames }: Pick<SourceWindow, 'root' | 'frames'>,
  tracks: readonly EssenceTrack[],
): WindowFault | undefined {
  const units = tracks.find(({ kind }) => kind === 'video')?.units ?? 0;
  if (tracks.length > 0 && units === frames && `0x${windowRoot(tracks)}` === root) return undefined;
  return {
    code: 'RECEIPT_TRACKS_MISMATCH',
    message: `${medium} has no tracks, or another root or other frames than they have.`,
  };
}

/** Whether a rendition's pictures are of the codec that was ordered. */
export function codecFault(
  name: string,
  tracks: readonly EssenceTrack[],
  { codec: coding }: OrderedProfile,
): WindowFault | undefined {
  const ordered = codecOf(coding);
  const codec = tracks.find(({ kind }) => kind === 'video')?.codec;
  if (codec === undefined || codec === ordered) return undefined;
  return otherProfile(`${name} is ${codec}, and ${ordered} was ordered.`);
}

function impossibleTime(message: string): { fault: WindowFault } {
  return { fault: { code: 'RECEIPT_TIME_IMPOSSIBLE', message } };
}

function impossiblePixels(message: string): WindowFault {
  return { code: 'RECEIPT_PIXELS_IMPOSSIBLE', message };
}

function otherProfile(message: string): WindowFault {
  return { code: 'RECEIPT_PROFILE_OTHER', message };
}
