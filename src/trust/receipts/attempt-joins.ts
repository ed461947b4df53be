import type { Receipt } from './receipt.js';

/** The receipts of one attempt, checked and in their order. */
export interface AttemptReceipts {
  attempt: number;
  receipts: readonly Pick<Receipt, 'renditions'>[];
}

/** A stretch of a rendition's timeline that receipts of consecutive windows leave out, or cover twice. */
export interface Seam {
  rendition: string;
  kind: 'hole' | 'overlap';
  /** Where the window before ends, or, of an overlap, where the window behind begins. In microseconds. */
  fromTimestampUs: number;
  toTimestampUs: number;
  /** The attempt of the window before, and that of the window behind. */
  attempts: [before: number, behind: number];
}

/** Timestamps are rounded to milliseconds on their way. */
const roundingUs = 2_000;

/**
 * Where the windows of a job do not join: pictures that were dropped, the window that an attempt left open when it was
 * cut off, or media that was delivered twice. Empty: they join without overlap or hole. Attempts are given in ascending
 * order; one without a window has no part in it.
 */
export function seamsOf(attempts: readonly AttemptReceipts[]): Seam[] {
  const seams: Seam[] = [];
  const ends = new Map<string, { attempt: number; endUs: number }>();
  for (const { attempt, receipts } of attempts) {
    for (const { name, startTimestampUs, endTimestampUs } of receipts.flatMap(({ renditions }) => renditions)) {
      const before = ends.get(name);
      ends.set(name, { attempt, endUs: Math.max(endTimestampUs, before?.endUs ?? endTimestampUs) });
      if (before === undefined || Math.abs(startTimestampUs - before.endUs) <= roundingUs) continue;
      const [fromTimestampUs = 0, toTimestampUs = 0] = [before.endUs, startTimestampUs].sort((one, two) => one - two);
      const kind = startTimestampUs > before.endUs ? 'hole' : 'overlap';
      seams.push({ rendition: name, kind, fromTimestampUs, toTimestampUs, attempts: [before.attempt, attempt] });
    }
  }
  return seams;
}
