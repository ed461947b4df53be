import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SqliteEvidenceLedger } from '../../../src/trust/ledger/sqlite-evidence-ledger.js';
import { SqliteLedger } from '../../../src/trust/ledger/sqlite-ledger.js';
import { sampleOrder, sampleReceipt, sampleWinner } from './samples.js';

let folder: string;
let nowMs: number;
let ledger: SqliteLedger;
/** A broadcaster's, in the same file. */
let evidence: SqliteEvidenceLedger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-ledger-'));
  const file = join(folder, 'ledger.sqlite');
  nowMs = 1000;
  ledger = new SqliteLedger(file, { now: () => nowMs });
  evidence = new SqliteEvidenceLedger(file, () => nowMs);
});
afterEach(() => {
  ledger.close();
  evidence.close();
  rmSync(folder, { recursive: true });
});

function issue(jobId: string, ...indices: number[]): void {
  ledger.keepReceipts(
    indices.map((index) => sampleReceipt(jobId, index)),
    sampleOrder(jobId),
  );
}

/** What is left, as `job index`. */
function left(): string[] {
  return [...ledger.receipts()].map(({ jobId, index }) => `${jobId} ${index}`);
}

function orders(): string[] {
  return [...ledger.orders()].map(({ jobId }) => jobId);
}

function forgetAll(timeMs: number): void {
  while (ledger.forgetBefore(timeMs, 100));
}

describe('An orchestrator forgets', () => {
  it('receipts that it issued before then, a few at a time and the oldest first, and no others', () => {
    issue('a', 0, 1);
    nowMs = 2000;
    issue('a', 2);
    nowMs = 3000;
    issue('b', 0);
    expect(ledger.forgetBefore(2500, 2)).toBe(true);
    expect(left()).toEqual(['a 2', 'b 0']);
    forgetAll(2500);
    expect(left()).toEqual(['b 0']);
    expect(ledger.forgetBefore(2500, 2)).toBe(false);
  });

  it('an order with the last of its receipts, and not while its stream goes on', () => {
    issue('a', 0);
    issue('b', 0);
    nowMs = 2000;
    issue('a', 1);
    forgetAll(1500);
    expect([left(), orders()]).toEqual([['a 1'], ['a']]);
    forgetAll(2500);
    expect([left(), orders()]).toEqual([[], []]);
  });

  it('nothing that it won', () => {
    ledger.keepWinner(sampleWinner(1));
    forgetAll(9_000_000);
    expect([...ledger.winners()]).toHaveLength(1);
  });

  it('nothing that a broadcaster has in the same file, whoever of the two wrote a receipt first', () => {
    evidence.keepAttempt('stream/0', { jobId: 'a', attempt: 1, ticket: '{}' });
    issue('a', 0);
    evidence.keepReceipts([sampleReceipt('a', 0), sampleReceipt('a', 1)]);
    issue('a', 1);
    issue('b', 0);
    forgetAll(1500);
    expect([left(), orders()]).toEqual([['a 0', 'a 1'], []]);
    expect(evidence.receipts('a', 1, 0, 9)).toHaveLength(2);
  });
});

describe('A broadcaster forgets', () => {
  it('nothing that the orchestrator of the same file has issued', () => {
    evidence.keepAttempt('stream/0', { jobId: 'a', attempt: 1, ticket: '{}' });
    issue('a', 0);
    evidence.keepReceipts([sampleReceipt('a', 0), sampleReceipt('a', 1)]);
    while (evidence.forgetBefore(1500, 9));
    expect([left(), orders()]).toEqual([['a 0'], ['a']]);
    forgetAll(1500);
    expect([left(), orders()]).toEqual([[], []]);
  });

  it('nothing of that either where it was the first to write it', () => {
    evidence.keepAttempt('stream/0', { jobId: 'a', attempt: 1, ticket: '{}' });
    evidence.keepReceipts([sampleReceipt('a', 0)]);
    issue('a', 0);
    while (evidence.forgetBefore(1500, 9));
    expect(left()).toEqual(['a 0']);
    forgetAll(1500);
    expect(left()).toEqual([]);
  });
});
