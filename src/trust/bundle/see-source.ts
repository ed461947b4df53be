import type { EssenceCopy, EssenceTrack } from '../../transcoder/essence.js';
import { CopyTrack } from '../essence/copy-track.js';
import { windowBetween } from '../essence/cut-windows.js';
import { findWindows } from '../essence/find-windows.js';
import type { Finding } from '../essence/finding.js';
import { SignedReach } from '../receipts/signed-reach.js';
import type { AttestedWindow } from '../receipts/source-attestation.js';

import type { BundledAttempt } from './bundle.js';
import { soughtSources, type Claim } from './check-media.js';

/** A window of the source as a copy has it, on the clock of the receipts. */
export interface ExpectedWindow extends AttestedWindow {
  startTimestampUs: number;
  endTimestampUs: number;
  /** Pictures. */
  units: number;
  /** Of the pictures. */
  merkleRoot: string;
}

/** What a broadcaster's own copy says about the source of an attempt. Indices ascend. */
export interface SeenSource {
  /** Windows of the receipts that the copy holds. */
  held: AttestedWindow[];
  /** Windows of the receipts that are not what the source has at that time, with the roots of what it has. */
  contradicted: AttestedWindow[];
  /** What follows on the last window that is held, for receipts that are still to come. */
  expected: ExpectedWindow[];
  /** The receipts lack windows of the source that were over long before what they have of the renditions. */
  isWithheld: boolean;
  /**
   * About where the copy lies on the receipts' timeline, from its first keyframe on: it was recorded while the stream ran, and
   * ended about when the last of them came. Absent: it was not.
   */
  recorded?: { fromUs: number; untilUs: number };
}

/** How a copy came about. */
export interface SeenSourceOptions {
  /** Whoever reads the source gets all of it, from the same beginning: then nobody can have lost a part of it. */
  isSameForAll: boolean;
}

/** Timestamps go through containers that count in milliseconds or in ninetieths of them. */
const roundingUs = 5_000;
const mostExpected = 16;
/** Receipts come this much later than the window of the source that is due in them, at the most, beside other windows. */
const withheldSlackUs = 5_000_000;
/** An orchestrator may be a window behind, and a keyframe may have been lost on the way to its transcoder. */
const mostWithheld = 2;

/** A window of the receipts that was found in the copy. */
interface Anchor {
  claim: Claim;
  track: CopyTrack;
  /** In the track. */
  start: number;
  end: number;
  /** What the copy's clock is ahead of the receipts'. */
  shiftUs: number;
}

/**
 * Holds what the receipts say of the source against a copy of it. What is not in the copy says nothing; only what cannot
 * be explained by a copy that was joined late, or by pictures that either reader lost, contradicts. `docs/trust.md` has
 * the rule and the reasons.
 */
export function seeSource(copy: EssenceCopy, attempt: BundledAttempt, { isSameForAll }: SeenSourceOptions): SeenSource {
  const claims = soughtSources(attempt);
  const findings = findWindows(copy, claims);
  const tracks = copy.tracks.map((track) => new CopyTrack(track));
  const anchors = claims.flatMap((claim, index) => anchorOf(claim, findings[index], tracks) ?? []);
  const held = claims.filter((_, index) => findings[index]?.verdict === 'holds');
  const missing = claims.filter((_, index) => findings[index]?.verdict !== 'holds');
  const place = isSameForAll ? placesFromTheBeginning(missing, tracks) : (claim: Claim) => placeBeside(claim, anchors);
  const contradicted = missing.flatMap((claim) => {
    const stretch = place(claim);
    const own = stretch && windowBetween(copy, stretch);
    return own === undefined ? [] : [{ index: claim.index, root: `0x${own.root}` }];
  });
  const expected = expectedBehind(anchors.at(-1), copy, attempt.ticket.message.windowMs);
  const reach = new SignedReach();
  for (const { message } of attempt.receipts) reach.add(message);
  const counted = claims.findLast(({ endTimestampUs }) => endTimestampUs === reach.sourceUs);
  const last = anchors.find(({ claim }) => claim === counted);
  const video = last?.track ?? tracks.find(({ track }) => track.kind === 'video');
  const shiftUs = last?.shiftUs ?? (isSameForAll ? 0 : undefined);
  const windowUs = attempt.ticket.message.windowMs * 1000;
  const isWithheld = video !== undefined && shiftUs !== undefined && lacksWindows(video, { reach, windowUs, shiftUs });
  return { held: held.map(({ index, root }) => ({ index, root })), contradicted, expected, isWithheld };
}

/**
 * Whether the copy shows windows, behind the last one of the receipts that counts, which end long before what was signed for.
 * Whoever made the renditions has read them.
 *
 * @param shiftUs what the copy's clock is ahead of the receipts'
 */
function lacksWindows(
  track: CopyTrack,
  { reach, windowUs, shiftUs }: { reach: SignedReach; windowUs: number; shiftUs: number },
): boolean {
  const { sourceUs, renditionsUs, isFull } = reach;
  if (sourceUs === undefined || renditionsUs === undefined) return false;
  // Before the copy begins there is nothing to catch up with.
  if (isFull && sourceUs + shiftUs >= track.timestampUs(0)) return false;
  let endUs = sourceUs + shiftUs;
  let position = 0;
  for (let count = 0; count < mostWithheld; count++) {
    position = track.beginAtOrAfter(endUs + windowUs - roundingUs, position);
    endUs = track.timestampUs(position);
  }
  return endUs - shiftUs + withheldSlackUs <= renditionsUs;
}

function anchorOf(claim: Claim, finding: Finding | undefined, tracks: readonly CopyTrack[]): Anchor | undefined {
  if (finding?.verdict !== 'holds') return undefined;
  const run = finding.runs.find(({ copyTrack }) => tracks[copyTrack]?.track.kind === 'video');
  const track = run && tracks[run.copyTrack];
  if (run === undefined || track === undefined) return undefined;
  const shiftUs = track.timestampUs(run.start) - claim.startTimestampUs;
  return { claim, track, start: run.start, end: run.start + run.units, shiftUs };
}

/** A part of the copy, on the copy's clock. */
interface Stretch {
  fromUs: number;
  untilUs: number;
}

/**
 * Where other pictures stand in a window's place, by a window that was found. There are exactly as many of them, and none
 * is missing from the one window to the other: a reader that had lost some would have fewer.
 */
function placeBeside(claim: Claim, anchors: readonly Anchor[]): Stretch | undefined {
  const pictures = picturesOf(claim);
  const distance = (anchor: Anchor) => Math.abs(anchor.claim.index - claim.index);
  const [anchor] = [...anchors].sort((one, other) => distance(one) - distance(other));
  if (pictures === undefined || anchor === undefined) return undefined;
  const { track, shiftUs } = anchor;
  const start = keyframeAt(track, claim.startTimestampUs + shiftUs);
  const end = keyframeAt(track, claim.endTimestampUs + shiftUs);
  if (start === undefined || end === undefined || end - start !== pictures.units) return undefined;
  if (track.rootOf(start, pictures.units) === pictures.merkleRoot) return undefined;
  if (!track.hasNoGap(Math.min(start, anchor.start), Math.max(end, anchor.end))) return undefined;
  return { fromUs: track.timestampUs(start), untilUs: track.timestampUs(end) };
}

/** Where a window should be that is nowhere in a copy which is the same for everybody, and reaches over it. */
function placesFromTheBeginning(
  missing: readonly Claim[],
  tracks: readonly CopyTrack[],
): (claim: Claim) => Stretch | undefined {
  const sought = missing.flatMap((claim) => picturesOf(claim) ?? []);
  const video = tracks.filter(({ track }) => track.kind === 'video');
  const found = new Set<string>();
  for (const track of video) {
    const startsOf = track.startsOf(sought);
    for (const run of sought) if (startsOf(run)?.length !== 0) found.add(run.merkleRoot);
  }
  return (claim) => {
    const pictures = picturesOf(claim);
    if (pictures === undefined || found.has(pictures.merkleRoot)) return undefined;
    const track = video.find(
      (one) =>
        one.timestampUs(0) <= claim.startTimestampUs + roundingUs &&
        one.timestampUs(one.length - 1) >= claim.endTimestampUs,
    );
    return track && { fromUs: claim.startTimestampUs - roundingUs, untilUs: claim.endTimestampUs - roundingUs };
  };
}

/** What the copy has behind an anchor, cut as the transcoder's engine cuts it. */
function expectedBehind(anchor: Anchor | undefined, copy: EssenceCopy, windowMs: number): ExpectedWindow[] {
  if (anchor === undefined) return [];
  const { track, claim, shiftUs } = anchor;
  const expected: ExpectedWindow[] = [];
  for (let start = anchor.end; expected.length < mostExpected;) {
    const end = track.beginAtOrAfter(track.timestampUs(start) + windowMs * 1000, start + 1);
    // Without the keyframe behind it nobody knows that it is whole.
    if (end >= track.length || !track.hasNoGap(anchor.start, end)) break;
    const [fromUs, untilUs] = [track.timestampUs(start), track.timestampUs(end)];
    expected.push({
      index: claim.index + 1 + expected.length,
      root: `0x${windowBetween(copy, { fromUs, untilUs })?.root ?? ''}`,
      startTimestampUs: fromUs - shiftUs,
      endTimestampUs: untilUs - shiftUs,
      units: end - start,
      merkleRoot: track.rootOf(start, end - start) ?? '',
    });
    start = end;
  }
  return expected;
}

/** Whether a receipt's window is at the time of an expected one, has as many pictures, and other ones. */
export function isOtherThan(
  { startTimestampUs, endTimestampUs, units, merkleRoot }: ExpectedWindow,
  window: { startTimestampUs: number; endTimestampUs: number },
  tracks: readonly EssenceTrack[],
): boolean {
  const pictures = picturesOf({ tracks });
  return (
    pictures?.units === units &&
    pictures.merkleRoot !== merkleRoot &&
    Math.abs(window.startTimestampUs - startTimestampUs) <= roundingUs &&
    Math.abs(window.endTimestampUs - endTimestampUs) <= roundingUs
  );
}

function picturesOf({ tracks }: { tracks: readonly EssenceTrack[] }): EssenceTrack | undefined {
  return tracks.find(({ kind }) => kind === 'video');
}

function keyframeAt(track: CopyTrack, timestampUs: number): number | undefined {
  const position = track.beginAtOrAfter(timestampUs - roundingUs, 0);
  return position < track.length && track.timestampUs(position) <= timestampUs + roundingUs ? position : undefined;
}
