import type { AttemptVerdict, BundleVerdict, UncoveredStretch, WindowVerdict } from '../trust/bundle/verdict.js';
import type { Seam } from '../trust/receipts/attempt-joins.js';

import { printable, type Ink } from './ink.js';

/** A verdict for a person: a line for every window of the source and of each rendition. Ends with a line break. */
export function verifyReport({ holds, faults, attempts, seams, uncovered }: BundleVerdict, ink: Ink): string {
  const lines = attempts.flatMap((attempt) => attemptLines(attempt, ink));
  lines.push(...seams.map(seamLine), ...uncovered.map(uncoveredLine));
  lines.push(...faults.map(({ code, message }) => `${ink.red('fault')}: ${printable(message)} (${code})`));
  lines.push(holds ? ink.green(wholeOf(attempts)) : ink.red('Not all of it holds.'));
  return lines.map((line) => `${line}\n`).join('');
}

function wholeOf(attempts: readonly AttemptVerdict[]): string {
  const isLookedAt = attempts.some(({ windows }) => windows.some(({ media }) => media !== 'noCopyGiven'));
  return isLookedAt ? 'All of it holds.' : 'All of it holds; no copy of the media was looked at.';
}

function attemptLines(attempt: AttemptVerdict, ink: Ink): string[] {
  const { jobId, broadcaster, orchestrator, faults, closed, leftOut, windows } = attempt;
  const media = new Map<string, WindowVerdict[]>();
  for (const window of windows) media.set(nameOf(window), [...(media.get(nameOf(window)) ?? []), window]);
  return [
    ink.bold(`Job ${printable(jobId)}, attempt ${attempt.attempt}`),
    `  ordered by   ${broadcaster}`,
    `  done by      ${orchestrator}`,
    `  ended        ${closed ? 'with a final receipt' : 'without a final receipt: it was cut off, or goes on'}`,
    ...(leftOut.length === 0 ? [] : [`  failed       ${leftOut.map(printable).join(', ')}`]),
    ...(windows.some(({ rendition }) => rendition !== undefined)
      ? []
      : ['  delivered    nothing that there is a receipt for']),
    ...faults.map(({ code, message }) => `  ${ink.red('fault')}        ${printable(message)} (${code})`),
    ...[...media.values()].flat().map((window) => windowLine(window, ink)),
  ];
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
