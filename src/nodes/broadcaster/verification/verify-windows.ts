import { comparePictures } from '../../../transcoder/compare-pictures.js';
import type { EssenceCopy } from '../../../transcoder/essence.js';
import { readEssence } from '../../../transcoder/read-essence.js';
import { soughtRenditions } from '../../../trust/bundle/check-media.js';
import { findingText, type Finding, type FindingReason } from '../../../trust/essence/finding.js';
import { findWindows } from '../../../trust/essence/find-windows.js';
import { judgePictures } from '../../../trust/pictures/judge-pictures.js';
import type { PictureClaim } from '../../../trust/pictures/verdict.js';
import type { OrderedProfile } from '../../../trust/orders/ticket.js';
import type { RenditionWindow } from '../../../trust/receipts/receipt.js';
import type { EssenceTrack } from '../../../transcoder/essence.js';
import type { Transport } from './play-transport.js';
import { reachesOver, SourceCopy, type Stretch } from './source-copy.js';
import { undecided, type VerificationFinding, type WindowVerification } from './verification.js';
import { seenIn } from './source-beginning.js';
import type { Looked, VerifyRequest } from './verifier-messages.js';

/** A window of the rendition, and what was signed for it. */
interface Claimed {
  window: RenditionWindow;
  tracks: EssenceTrack[];
  finding: Finding;
  /** Whether windows before it and behind it were found: then the copy is the attempt's, and reaches over it. */
  isEnclosed: boolean;
}

const comparisonTimeoutMs = 60_000;
/** Of a copy that was recorded on the off chance, no more are looked at. */
const mostWholeWindows = 2;

/** These say that other bytes stand where the window should be, and nothing else. */
const accusing: readonly FindingReason[] = ['ALTERED', 'PARAMETERS_CHANGED', 'EXTRA_UNITS'];
/** These may be somebody's at the media server: the pictures have to say so, too. */
const suspicious: readonly FindingReason[] = ['OTHER_MEDIA', 'TRACK_MISSING'];

/**
 * Looks at windows of a rendition: first whether the copy is what was signed for, and then whether it shows what the
 * source shows. Reads files only.
 */
export async function verifyWindows(request: VerifyRequest): Promise<Looked> {
  const { attempt, name, windows, transport } = request;
  const profile = attempt.ticket.message.renditions.find((rendition) => rendition.name === name)?.profile;
  if (profile === undefined) return { windows: [] };
  const copy = await readEssence(request.rendition);
  const findings = findWindows(copy, soughtRenditions(attempt, name));
  const holds = ({ verdict }: Finding) => verdict === 'holds';
  const lastFound = findings.findLastIndex(holds);
  const firstFound = lastFound < 0 ? findings.length : findings.findIndex(holds);
  const claimed = windowsOf(request).map((window, index): Claimed => {
    const finding = findings[index] ?? { verdict: 'notInThisCopy', reason: 'OUTSIDE' };
    return { ...window, finding, isEnclosed: firstFound < index && index < lastFound };
  });
  const chosen =
    windows === 'whole' ? wholeOnes(claimed) : claimed.filter(({ window }) => windows.includes(window.index));
  const sourceEssence = await readEssence(request.source);
  const source = seenIn(sourceEssence, request);
  if (chosen.length === 0)
    return { windows: [undecided('OUTSIDE', `The copy holds none of the windows whole.`)], source };
  const sourceCopy = new SourceCopy(sourceEssence, attempt);
  const verifications: WindowVerification[] = [];
  for (const one of chosen) {
    const looked = await lookAt(one, { request, copy, sourceCopy, profile, transport });
    verifications.push({ window: one.window.index, ...looked });
  }
  return { windows: verifications, source };
}

function windowsOf({ attempt, name }: VerifyRequest): Pick<Claimed, 'window' | 'tracks'>[] {
  return attempt.receipts.flatMap(({ message, tracks }) =>
    message.renditions.flatMap((window, index) =>
      window.name === name ? [{ window, tracks: tracks.renditions[index] ?? [] }] : [],
    ),
  );
}

/** Those that tell something; the last ones, since their source is the most likely to be there. */
function wholeOnes(claimed: readonly Claimed[]): Claimed[] {
  const telling = claimed.filter(({ finding }) => finding.verdict === 'holds' || accusing.includes(finding.reason));
  return telling.slice(-mostWholeWindows);
}

interface Surroundings {
  request: VerifyRequest;
  copy: EssenceCopy;
  sourceCopy: SourceCopy;
  profile: OrderedProfile;
  transport: Transport;
}

async function lookAt(
  claimed: Claimed,
  { request, copy, sourceCopy, profile, transport }: Surroundings,
): Promise<Omit<WindowVerification, 'window'>> {
  const { window, finding, isEnclosed } = claimed;
  const found = finding.verdict === 'holds' ? [] : [foundOf(finding.reason)];
  if (finding.verdict !== 'holds') {
    const isOfAttempt = request.outputs !== 'broken off' || isEnclosed;
    // What was damaged on its way is nobody's fault, and neither is what stood there before.
    if (accusing.includes(finding.reason) && transport !== 'lossy' && isOfAttempt)
      return { outcome: 'failed', findings: found };
    if (!suspicious.includes(finding.reason) || transport !== 'stored' || !isOfAttempt)
      return { outcome: 'undecided', findings: found };
  }
  if (window.frames === 0) return { outcome: finding.verdict === 'holds' ? 'verified' : 'undecided', findings: found };
  const stretch = stretchOf(claimed, copy);
  const source = sourceCopy.stretchOf(window.startTimestampUs, window.endTimestampUs);
  if (stretch === undefined) return { outcome: 'undecided', findings: found };
  if (source === undefined)
    return undecided('SOURCE_OUTSIDE', 'The copy of the source does not reach over the window.');
  const seen = await pictures(request, { stretch, source }, { profile, claim: claimOf(claimed, profile) });
  // Nothing is held against anyone by a source that may be another one than the transcoder was given.
  // One that failed may have been cut off for the transcoder.
  const mayBeAltered = transport === 'stored' && request.outputs !== 'broken off';
  const mayAccuse = source.standing === 'signed' || (source.standing === 'altered' && mayBeAltered);
  const all = { ...seen, findings: [...found, ...seen.findings] };
  if (source.standing === 'signed' && finding.verdict === 'holds') return all;
  const unconfirmed: VerificationFinding[] =
    source.standing === 'signed'
      ? []
      : [{ code: 'SOURCE_UNCONFIRMED', message: 'The source that was signed for is not the one there is.' }];
  const outcome = seen.outcome === 'failed' && mayAccuse ? 'failed' : 'undecided';
  return { ...all, outcome, findings: [...all.findings, ...unconfirmed] };
}

function foundOf(reason: FindingReason): VerificationFinding {
  return { code: reason, message: `The window is not in the copy as it was signed for: ${findingText[reason]}.` };
}

/** Where the window is on the copy's timeline; where it was not found, where it should be. */
function stretchOf({ window, finding }: Claimed, copy: EssenceCopy): Stretch | undefined {
  const lastsUs = window.endTimestampUs - window.startTimestampUs;
  const [run] = finding.verdict === 'holds' ? finding.runs : [];
  const fromUs = run ? copy.tracks[run.copyTrack]?.units[run.start]?.timestampUs : window.startTimestampUs;
  if (fromUs === undefined) return undefined;
  if (run === undefined && !reachesOver(copy, fromUs, fromUs + lastsUs)) return undefined;
  return { fromUs, untilUs: fromUs + lastsUs };
}

function claimOf({ window, tracks }: Claimed, profile: OrderedProfile): PictureClaim {
  const codec = tracks.find(({ kind }) => kind === 'video')?.codec;
  const fps = claimedRate(window, profile);
  return {
    frames: window.frames,
    pixels: window.pixels,
    width: window.width,
    height: window.height,
    codec: codec === 'hevc' || codec === 'av1' ? codec : 'h264',
    ...(fps !== undefined && { fps }),
  };
}

/** What was ordered; less where a live stream lost pictures on its way, and the receipt says so, but not any less. */
function claimedRate(
  { frames, startTimestampUs, endTimestampUs }: RenditionWindow,
  { fpsNumerator, fpsDenominator }: OrderedProfile,
): number | undefined {
  if (fpsNumerator === 0) return undefined;
  const ordered = fpsNumerator / fpsDenominator;
  const claimed = (frames * 1e6) / (endTimestampUs - startTimestampUs);
  return claimed >= ordered / 2 ? Math.min(ordered, claimed) : ordered;
}

async function pictures(
  { source, rendition }: VerifyRequest,
  stretches: { source: Stretch; stretch: Stretch },
  { profile, claim }: { profile: OrderedProfile; claim: PictureClaim },
): Promise<Omit<WindowVerification, 'window'>> {
  try {
    const comparison = await comparePictures(
      {
        source: { input: source, fromUs: stretches.source.fromUs, untilUs: stretches.source.untilUs },
        rendition: { input: rendition, fromUs: stretches.stretch.fromUs, untilUs: stretches.stretch.untilUs },
      },
      { timeoutMs: comparisonTimeoutMs },
    );
    const { outcome, findings } = judgePictures(comparison, { bitrate: profile.bitrateBps }, claim);
    const ssims = comparison.frames.map(({ ssim }) => ssim);
    const ssim = ssims.reduce((sum, one) => sum + one, 0) / ssims.length;
    return { outcome: outcome === 'passed' ? 'verified' : outcome, findings, ...(ssims.length > 0 && { ssim }) };
  } catch (error) {
    return undecided('NOT_COMPARED', error instanceof Error ? error.message : 'The pictures could not be compared.');
  }
}
