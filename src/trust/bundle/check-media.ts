import type { EssenceTrack } from '../../transcoder/essence.js';
import { findingText, type Finding } from '../essence/finding.js';
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
  // Every attempt reads the source anew, so their windows overlap; what they deliver follows on one another.
  if (source !== undefined) {
    const sought = attempts.map(soughtSources);
    if (sought.flat().length === 0) faults.push(nothingOf('the source'));
    for (const [index, claims] of sought.entries()) judge(source, claims, ofMedium(verdicts[index], undefined));
  }
  const isClosed = verdicts.at(-1)?.ending === 'closed';
  for (const [name, copy] of Object.entries(renditions)) {
    const claims = attempts.flatMap((attempt) => soughtRenditions(attempt, name));
    if (claims.length === 0) faults.push(nothingOf(name));
    const windows = verdicts.flatMap((verdict) => ofMedium(verdict, name));
    const findings = judge(copy, claims, windows);
    const stretches = uncoveredIn(copy, { claims, findings, isClosed });
    uncovered.push(...stretches.map((stretch) => ({ rendition: name, ...stretch })));
  }
  return { faults, uncovered };
}

const ofAnotherTime = 'the copy was joined live and has none of the windows: it may be of another time';

function nothingOf(medium: string): Remark {
  const message = `A copy of ${medium} was given, and no receipt is for a window of it.`;
  return { code: 'NOTHING_OF_COPY', message };
}

function judge(copy: MediumCopy, claims: readonly Claim[], verdicts: readonly WindowVerdict[]): Finding[] {
  const findings = findWindows(copy, claims);
  const isAnyHeld = findings.some(({ verdict }) => verdict === 'holds');
  // One that is too short for a window has not lost a part of what it never had.
  const isOfAnotherTime = (finding: Finding): boolean =>
    finding.verdict !== 'holds' &&
    (finding.reason === 'OTHER_MEDIA' || (finding.reason === 'INCOMPLETE' && !isAnyHeld));
  for (const [index, finding] of findings.entries()) {
    const verdict = verdicts[index];
    const claim = claims[index];
    if (verdict === undefined || claim === undefined) continue;
    // The tracks are not signed: what was found by them counts for nothing unless they make up the root that is.
    if (`0x${windowRoot(claim.tracks)}` !== claim.root) {
      verdict.media = 'doesNotHold';
      verdict.reasons.push({ code: 'RECEIPT_TRACKS_MISMATCH', message: 'its tracks do not make up the root' });
      continue;
    }
    if (copy.isLive === true && isOfAnotherTime(finding)) {
      verdict.media = 'notInThisCopy';
      verdict.reasons.push({ code: 'OUTSIDE', message: ofAnotherTime });
      continue;
    }
    verdict.media = finding.verdict;
    if (finding.verdict !== 'holds')
      verdict.reasons.push({ code: finding.reason, message: findingText[finding.reason] });
  }
  return findings;
}

function ofMedium(verdict: AttemptVerdict | undefined, rendition: string | undefined): WindowVerdict[] {
  return verdict?.windows.filter((window) => window.rendition === rendition) ?? [];
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
