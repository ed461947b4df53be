import type { EssenceCopy, EssenceUnit } from '../../transcoder/essence.js';
import type { Finding } from '../essence/finding.js';

import type { Claim } from './check-media.js';
import type { UncoveredStretch } from './verdict.js';

/** What was found of a rendition in a copy of it. */
export interface FoundClaims {
  claims: readonly Claim[];
  /** One for each claim. */
  findings: readonly Finding[];
  /** Whether no more receipts come: what is behind the last window will never have one. */
  isClosed: boolean;
}

/** A window that was found: where, and what the copy's clock is ahead of the receipts'. */
interface Anchor {
  /** Of its claim. */
  position: number;
  copyTrack: number;
  start: number;
  end: number;
  shiftUs: number;
}

/**
 * The parts of a copy that no receipt is for. Only where both neighbours of a part are known is it told: beside a window that
 * was not found stands what should be that window.
 */
export function uncoveredIn(copy: EssenceCopy, found: FoundClaims): Omit<UncoveredStretch, 'rendition'>[] {
  const kind = found.claims.some(({ tracks }) => tracks.some((track) => track.kind === 'video')) ? 'video' : 'audio';
  const anchors = anchorsIn(copy, kind, found);
  const [first] = anchors;
  if (first === undefined) return [];
  return copy.tracks.flatMap((track, copyTrack) => {
    if (track.kind !== kind) return [];
    const edge = { copyTrack, shiftUs: first.shiftUs };
    const bounds: Anchor[] = [
      { ...edge, position: -1, start: 0, end: 0 },
      ...anchors.filter((anchor) => anchor.copyTrack === copyTrack).sort((one, other) => one.start - other.start),
      { ...edge, position: found.claims.length, start: track.units.length, end: track.units.length },
    ];
    return bounds.slice(1).flatMap((behind, index) => {
      const before = bounds[index];
      if (before === undefined || behind.start <= before.end || !isKnown(before, behind, found)) return [];
      const nearest = before.position < 0 ? behind : before;
      return [stretchOf(track.units.slice(before.end, behind.start), nearest.shiftUs)];
    });
  });
}

function anchorsIn(copy: EssenceCopy, kind: 'video' | 'audio', { claims, findings }: FoundClaims): Anchor[] {
  return claims.flatMap((claim, position) => {
    const finding = findings[position];
    if (finding?.verdict !== 'holds') return [];
    const run = finding.runs.find(({ copyTrack }) => copy.tracks[copyTrack]?.kind === kind);
    const unit = run && copy.tracks[run.copyTrack]?.units[run.start];
    if (run === undefined || unit === undefined) return [];
    const { copyTrack, start, units } = run;
    return [{ position, copyTrack, start, end: start + units, shiftUs: unit.timestampUs - claim.startTimestampUs }];
  });
}

/** Whether no window is missing between the two, and none is to come. */
function isKnown(before: Anchor, behind: Anchor, { claims, findings, isClosed }: FoundClaims): boolean {
  if (behind.position === claims.length && !isClosed) return false;
  return findings.slice(before.position + 1, behind.position).every(({ verdict }) => verdict === 'holds');
}

/** Pictures come in another order than they are shown. */
function stretchOf(units: readonly EssenceUnit[], shiftUs: number): Omit<UncoveredStretch, 'rendition'> {
  let [fromTimestampUs, toTimestampUs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { timestampUs } of units) {
    fromTimestampUs = Math.min(fromTimestampUs, timestampUs - shiftUs);
    toTimestampUs = Math.max(toTimestampUs, timestampUs - shiftUs);
  }
  return { units: units.length, fromTimestampUs, toTimestampUs };
}
