import type { EssenceTrack } from '../../transcoder/essence.js';
import { findingText, unfound, type Finding } from '../essence/finding.js';
import { findWindows, type SoughtWindow } from '../essence/find-windows.js';
import { windowRoot } from '../essence/window-root.js';
import type { Bytes32 } from '../keys/signature.js';
import type { RenditionWindow, SourceWindow } from '../receipts/receipt.js';

import type { Bundle, BundledAttempt } from './bundle.js';
import { uncoveredIn } from './uncovered.js';
import type { AttemptVerdict, Remark, UncoveredStretch, WindowVerdict } from './verdict.js';
import type { BundleCopies, MediumCopy } from './verify-bundle.js';

/** A window of a receipt, as it is looked for in a copy. */
export interface Claim extends SoughtWindow {
  index: number;
  /** What is signed. */
  root: Bytes32;
}

/** What looking at copies comes to, beside what is said of each window. */
export interface CheckedMedia {
  faults: Remark[];
  uncovered: UncoveredStretch[];
}

/** Looks for the windows in the copies that there are, and writes what it finds into the verdicts. */
export function checkMedia(
  { attempts }: Bundle,
  verdicts: readonly AttemptVerdict[],
  { source, renditions = {} }: BundleCopies,
): CheckedMedia {
  const faults: Remark[] = [];
  const uncovered: UncoveredStretch[] = [];
  if (source !== undefined) {
    const parts = attempts.map((attempt, index) => partOf(soughtSources(attempt), verdicts[index], undefined));
    if (parts.every(({ claims }) => claims.length === 0)) faults.push(nothingOf('the source'));
    judge(source, parts);
  }
  const isClosed = verdicts.at(-1)?.ending === 'closed';
  for (const [name, copy] of Object.entries(renditions)) {
    const parts = attempts.map((attempt, index) => partOf(soughtRenditions(attempt, name), verdicts[index], name));
    const claims = parts.flatMap((part) => part.claims);
    if (claims.length === 0) faults.push(nothingOf(name));
    const findings = judge(copy, parts);
    for (const stretch of uncoveredIn(copy, { claims, findings, isClosed }))
      uncovered.push({ rendition: name, ...stretch });
  }
  return { faults, uncovered };
}

/** What one attempt has of a medium. */
interface Part {
  claims: readonly Claim[];
  /** One for each claim. */
  windows: readonly WindowVerdict[];
  /** Of each claim. The tracks are not signed: what was found by them counts for nothing unless they make up the root that is. */
  areOfItsRoot: readonly boolean[];
}

function partOf(claims: readonly Claim[], verdict: AttemptVerdict | undefined, rendition: string | undefined): Part {
  return {
    claims,
    windows: verdict?.windows.filter((window) => window.rendition === rendition) ?? [],
    areOfItsRoot: claims.map(({ tracks, root }) => `0x${windowRoot(tracks)}` === root),
  };
}

const ofAnotherTime = 'the copy was joined live and has none of the windows: it may be of another time';

function nothingOf(medium: string): Remark {
  const message = `A copy of ${medium} was given, and no receipt is for a window of it.`;
  return { code: 'NOTHING_OF_COPY', message };
}

/** Writes into the verdicts what is in a copy of each attempt. */
function judge(copy: MediumCopy, parts: readonly Part[]): Finding[] {
  const found = parts.map((part) => findSigned(copy, part));
  const isAnyHeld = found.flat().some(({ verdict }) => verdict === 'holds');
  for (const [index, { windows, areOfItsRoot }] of parts.entries()) {
    for (const [position, isOfItsRoot] of areOfItsRoot.entries()) {
      const [verdict, finding] = [windows[position], found[index]?.[position]];
      if (verdict !== undefined && finding !== undefined) write(verdict, { isOfItsRoot, finding, isAnyHeld, copy });
    }
  }
  return found.flat();
}

/**
 * Looks for what is signed in an attempt. Each is looked for by itself, and without what anybody can write into a bundle:
 * looking has limits, and what one attempt claims must not use up another's.
 */
function findSigned(copy: MediumCopy, { claims, windows, areOfItsRoot }: Part): Finding[] {
  const positions = [...claims.keys()].flatMap((position) =>
    windows[position]?.signature === 'holds' && areOfItsRoot[position] === true ? [position] : [],
  );
  const signed = positions.flatMap((position, at) => {
    const [claim, isBehind] = [claims[position], positions[at - 1] === position - 1];
    return claim === undefined ? [] : [{ ...claim, follows: claim.follows && isBehind }];
  });
  const findings: Finding[] = claims.map(() => unfound('INCOMPLETE'));
  for (const [at, finding] of findWindows(copy, signed).entries()) findings[positions[at] ?? 0] = finding;
  return findings;
}

interface Written {
  isOfItsRoot: boolean;
  finding: Finding;
  /** Whether the copy has a window of the bundle, of whichever attempt. */
  isAnyHeld: boolean;
  copy: MediumCopy;
}

function write(verdict: WindowVerdict, { isOfItsRoot, finding, isAnyHeld, copy }: Written): void {
  if (!isOfItsRoot) {
    verdict.media = 'doesNotHold';
    verdict.reasons.push({ code: 'RECEIPT_TRACKS_MISMATCH', message: 'its tracks do not make up the root' });
    return;
  }
  // It is not looked for, and its signature says why.
  if (verdict.signature !== 'holds') return;
  verdict.media = finding.verdict;
  if (finding.verdict === 'holds') return;
  const { reason } = finding;
  // One that is too short for a window has not lost a part of what it never had.
  if (copy.isLive === true && (reason === 'OTHER_MEDIA' || (reason === 'INCOMPLETE' && !isAnyHeld))) {
    verdict.media = 'notInThisCopy';
    verdict.reasons.push({ code: 'OUTSIDE', message: ofAnotherTime });
    return;
  }
  // A copy with windows of another attempt is of the job, and may be of that attempt's time alone.
  if (reason === 'OTHER_MEDIA' && isAnyHeld) {
    verdict.media = 'notInThisCopy';
    verdict.reasons.push({ code: 'OUTSIDE', message: findingText.OUTSIDE });
    return;
  }
  verdict.reasons.push({ code: reason, message: findingText[reason] });
}

/** The windows of the source in an attempt, as they are looked for in a copy. */
export function soughtSources({ receipts }: BundledAttempt): Claim[] {
  return claimsOf(
    receipts.flatMap(({ message, tracks }) =>
      message.sources.map((window, index) => ({ window, tracks: tracks.sources[index] ?? [] })),
    ),
  );
}

/** Likewise of a rendition. */
export function soughtRenditions({ receipts }: BundledAttempt, name: string): Claim[] {
  return claimsOf(
    receipts.flatMap(({ message, tracks }) =>
      message.renditions.flatMap((window, index) =>
        window.name === name ? [{ window, tracks: tracks.renditions[index] ?? [] }] : [],
      ),
    ),
  );
}

function claimsOf(list: readonly { window: SourceWindow | RenditionWindow; tracks: EssenceTrack[] }[]): Claim[] {
  return list.map(({ window: { index, root, startTimestampUs, endTimestampUs }, tracks }, position) => ({
    index,
    root,
    tracks,
    startTimestampUs,
    endTimestampUs,
    // One whose window before is missing among the receipts may begin anywhere.
    follows: list[position - 1]?.window.index === index - 1,
  }));
}
