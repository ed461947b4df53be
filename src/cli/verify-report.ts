import type { AttemptVerdict, BundleVerdict, UncoveredStretch, WindowVerdict } from '../trust/bundle/verdict.js';
import type { Seam } from '../trust/receipts/attempt-joins.js';

import { printable, type Ink } from './ink.js';

/** A verdict for a person: a line for every window of the source and of each rendition. Ends with a line break. */
export function verifyReport(verdict: BundleVerdict, ink: Ink): string {
  const { holds, faults, attempts, seams, uncovered } = verdict;
  const lines = [
    ...attempts.flatMap((attempt) => attemptLines(attempt, ink)),
    ...seams.map(seamLine),
    ...uncovered.map(uncoveredLine),
    ...faults.map(({ code, message }) => `${ink.red('fault')}: ${printable(message)} (${code})`),
    holds ? ink.green(wholeOf(verdict)) : ink.red(lackOf(verdict)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function wholeOf({ counts: { total, foundInCopy } }: BundleVerdict): string {
  const looked = foundInCopy === 0 ? 'no copy of the media was looked at' : `${foundInCopy} of them found in a copy`;
  return `All of it holds: ${windowCount(total)}, ${looked}.`;
}

function lackOf({ counts: { total, foundInCopy, notInCopy, doNotHold }, faults, attempts }: BundleVerdict): string {
  const faultCount = faults.length + attempts.reduce((sum, attempt) => sum + attempt.faults.length, 0);
  const are = notInCopy === 1 ? 'is' : 'are';
  if (doNotHold === 0 && faultCount === 0)
    return `Not all of it was found: ${notInCopy} of ${windowCount(total)} ${are} not in the copies, ${foundInCopy} found.`;
  const absent = doNotHold === 0 ? `${notInCopy} of ${windowCount(total)}` : `${notInCopy}`;
  const parts = [
    ...(doNotHold === 0 ? [] : [`${doNotHold} of ${windowCount(total)} ${doNotHold === 1 ? 'does' : 'do'} not hold`]),
    ...(notInCopy === 0 ? [] : [`${absent} ${are} not in the copies`]),
    ...(faultCount === 0 ? [] : [faultCount === 1 ? 'there is a fault' : `there are ${faultCount} faults`]),
  ];
  return `Not all of it holds: ${parts.join(', ')}.`;
}

function windowCount(count: number): string {
  return count === 1 ? '1 window' : `${count} windows`;
}

const endings: Record<AttemptVerdict['ending'], string> = {
  closed: 'with a final receipt',
  finalRefused: 'with a final receipt that does not follow',
  open: 'without a final receipt: it was cut off, or goes on',
};

function attemptLines(attempt: AttemptVerdict, ink: Ink): string[] {
  const { jobId, broadcaster, orchestrator, faults, ending, leftOut, windows, attestedOnly } = attempt;
  const media = new Map<string, WindowVerdict[]>();
  for (const window of windows) {
    const others = media.get(nameOf(window));
    if (others === undefined) media.set(nameOf(window), [window]);
    else others.push(window);
  }
  return [
    ink.bold(`Job ${printable(jobId)}, attempt ${attempt.attempt}`),
    `  ordered by   ${broadcaster}`,
    `  done by      ${orchestrator}`,
    `  ended        ${endings[ending]}`,
    ...(leftOut.length === 0 ? [] : [`  failed       ${leftOut.map(printable).join(', ')}`]),
    ...(windows.some(({ rendition }) => rendition !== undefined)
      ? []
      : ['  delivered    nothing that there is a receipt for']),
    ...(attestedOnly.length === 0
      ? []
      : [`  attested     ${windowCount(attestedOnly.length)} of the source that no receipt is for`]),
    ...faults.map(({ code, message }) => `  ${ink.red('fault')}        ${printable(message)} (${code})`),
    ...[...media.values()]
      .flat()
      .filter((window) => !isOnlyBehind(window))
      .map((window) => windowLine(window, ink)),
  ];
}

/** The fault of its attempt has said what there is to say, and hundreds of such lines would hide the one to blame. */
function isOnlyBehind({ reasons: [reason, ...others], media }: WindowVerdict): boolean {
  const isBehind = reason?.code === 'RECEIPT_BEHIND_REFUSED' && others.length === 0;
  return isBehind && (media === 'holds' || media === 'noCopyGiven');
}

function windowLine(window: WindowVerdict, ink: Ink): string {
  const { signature, chain, media, attested, reasons } = window;
  const parts = [
    `signature ${word(signature, ink)}`,
    `chain ${word(chain, ink)}`,
    ...(attested === undefined ? [] : [`attestation ${word(attested, ink)}`]),
    `media ${word(media, ink)}`,
  ];
  const why = reasons.map(({ code, message }) => `${printable(message)} (${code})`).join('; ');
  const place = `  ${nameOf(window).padEnd(12)} window ${String(window.window).padStart(4)}`;
  return `${place}   ${parts.join(', ')}${why === '' ? '' : `: ${why}`}`;
}

function nameOf({ rendition }: WindowVerdict): string {
  return rendition === undefined ? 'source' : printable(rendition);
}

function word(verdict: WindowVerdict['media'], ink: Ink): string {
  switch (verdict) {
    case 'holds':
      return ink.green('holds');
    case 'doesNotHold':
      return ink.red('does not hold');
    case 'notInThisCopy':
      return ink.yellow('not in this copy');
    case 'noCopyGiven':
      return ink.dim('not looked at');
  }
}

function seamLine({ rendition, kind, fromTimestampUs, toTimestampUs, attempts: [before, behind] }: Seam): string {
  const between = before === behind ? `in attempt ${before}` : `between attempts ${before} and ${behind}`;
  const span = spanOf(fromTimestampUs, toTimestampUs);
  return kind === 'hole'
    ? `${printable(rendition)} has no receipt ${span}, ${between}.`
    : `${printable(rendition)} has receipts twice ${span}, ${between}.`;
}

function uncoveredLine({ rendition, units, fromTimestampUs, toTimestampUs }: UncoveredStretch): string {
  const many = units === 1 ? '1 access unit' : `${units} access units`;
  return `${printable(rendition)} has ${many} without a receipt in its copy, ${spanOf(fromTimestampUs, toTimestampUs)}.`;
}

function spanOf(fromUs: number, toUs: number): string {
  return `from ${(fromUs / 1e6).toFixed(3)} to ${(toUs / 1e6).toFixed(3)} s`;
}
