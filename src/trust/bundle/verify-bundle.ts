import { setImmediate } from 'node:timers/promises';

import type { EssenceCopy } from '../../transcoder/essence.js';
import type { Address } from '../keys/signature.js';
import { seamsOf } from '../receipts/attempt-joins.js';
import { TrustError } from '../trust-error.js';

import { parseBundle, type Bundle } from './bundle.js';
import { checkAttempt } from './check-attempt.js';
import { checkMedia } from './check-media.js';
import type { AttemptVerdict, BundleVerdict, Remark, WindowCounts, WindowVerdict } from './verdict.js';

/** A copy of a medium, as somebody got hold of it. */
export interface MediumCopy extends EssenceCopy {
  /**
   * It was taken from a stream that ran already, so that it may be of another time than all of the receipts: where it has none
   * of the windows, that says nothing (`notInThisCopy`, `OUTSIDE`). Default `false`: it would have them (`OTHER_MEDIA`).
   */
  isLive?: boolean;
}

/** Copies of the media. What is missing is not checked. */
export interface BundleCopies {
  source?: MediumCopy;
  /** By the names of the renditions. */
  renditions?: Readonly<Record<string, MediumCopy>>;
}

/** Whose signatures are expected; anybody can sign a bundle of their own making. Absent: anybody's. */
export interface ExpectedParties {
  broadcaster?: Address;
  orchestrator?: Address;
}

/** As the library has it, which loads this when it is wanted. */
export async function verifyBundle(
  bundle: unknown,
  copies: BundleCopies = {},
  expected: ExpectedParties = {},
): Promise<BundleVerdict> {
  const parsed = parseBundle(bundle);
  refuseUnknown(parsed, copies);
  const attempts: AttemptVerdict[] = [];
  for (const attempt of parsed.attempts) attempts.push(await checkAttempt(parsed.domain, attempt));
  for (const [index, verdict] of attempts.entries())
    verdict.faults.push(...partyFaults(verdict, attempts[index - 1], expected));
  for (const verdict of attempts.slice(attempts.findLastIndex(hasDelivered) + 1))
    verdict.faults.push({ code: 'NO_RECEIPTS', message: 'No receipt is for a window of a rendition.' });
  await setImmediate(); // a copy of hours takes a second or two
  const { faults, uncovered } = checkMedia(parsed, attempts, copies);
  const seams = seamsOf(
    parsed.attempts.map(({ ticket, receipts }) => ({
      attempt: ticket.message.attempt,
      receipts: receipts.map(({ message }) => message),
    })),
  );
  const counts = countsOf(attempts.flatMap(({ windows }) => windows));
  const isWhole = counts.doNotHold === 0 && counts.notInCopy === 0;
  const holds = isWhole && faults.length === 0 && attempts.every((attempt) => attempt.faults.length === 0);
  return { holds, counts, faults, attempts, seams, uncovered };
}

/** One that did not may have been cut off before it closed a window; then there is one behind it that did. */
function hasDelivered({ windows }: AttemptVerdict): boolean {
  return windows.some(({ rendition }) => rendition !== undefined);
}

/** A slip in a name must not make a verdict about nothing. */
function refuseUnknown({ attempts }: Bundle, { renditions = {} }: BundleCopies): void {
  const names = new Set(attempts.flatMap(({ ticket }) => ticket.message.renditions.map(({ name }) => name)));
  const unknown = Object.keys(renditions).find((name) => !names.has(name));
  if (unknown === undefined) return;
  throw new TrustError(
    'EVIDENCE_INVALID',
    `No ticket of the bundle orders a rendition “${unknown}”; there are ${[...names].join(', ')}.`,
  );
}

function partyFaults(
  verdict: AttemptVerdict,
  before: AttemptVerdict | undefined,
  { broadcaster, orchestrator }: ExpectedParties,
): Remark[] {
  const faults: Remark[] = [];
  if (broadcaster !== undefined && verdict.broadcaster !== broadcaster)
    faults.push({ code: 'OTHER_PARTY', message: `The ticket is from ${verdict.broadcaster}, not ${broadcaster}.` });
  if (orchestrator !== undefined && verdict.orchestrator !== orchestrator)
    faults.push({ code: 'OTHER_PARTY', message: `The ticket is for ${verdict.orchestrator}, not ${orchestrator}.` });
  const isNext =
    before === undefined ||
    (before.jobId === verdict.jobId && before.broadcaster === verdict.broadcaster && before.attempt < verdict.attempt);
  if (!isNext)
    faults.push({ code: 'OTHER_JOB', message: 'The attempt is not a later one of the job before it in the bundle.' });
  return faults;
}

function countsOf(windows: readonly WindowVerdict[]): WindowCounts {
  const counts = { total: windows.length, foundInCopy: 0, notLookedAt: 0, notInCopy: 0, doNotHold: 0 };
  for (const window of windows) counts[standingOf(window)] += 1;
  return counts;
}

function standingOf({ signature, chain, media, attested }: WindowVerdict): keyof Omit<WindowCounts, 'total'> {
  if ([signature, chain, media, attested].includes('doesNotHold')) return 'doNotHold';
  if (media === 'notInThisCopy') return 'notInCopy';
  return media === 'holds' ? 'foundInCopy' : 'notLookedAt';
}
