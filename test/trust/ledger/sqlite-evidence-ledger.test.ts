import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SqliteEvidenceLedger } from '../../../src/trust/ledger/sqlite-evidence-ledger.js';
import { SqliteLedger } from '../../../src/trust/ledger/sqlite-ledger.js';
import { sampleReceipt } from './samples.js';

let folder: string;
let ledger: SqliteEvidenceLedger;
let nowMs: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-ledger-'));
  nowMs = 1000;
  ledger = new SqliteEvidenceLedger(join(folder, 'ledger.sqlite'), () => nowMs);
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true });
});

function attempt(jobId: string, number = 1) {
  return { jobId, attempt: number, ticket: `{"of":"${jobId}/${number}"}` };
}

describe("A broadcaster's part of a ledger", () => {
  it('gives a job back by its name, with its attempts and their attestations', () => {
    ledger.keepAttempt('stream/0', attempt('a'));
    ledger.keepAttempt('stream/0', attempt('a', 2));
    ledger.keepAttestation('a', 2, '{}');
    expect(ledger.lastJobOf('stream/0')).toBe('a');
    expect(ledger.attempts('a')).toEqual([attempt('a'), { ...attempt('a', 2), attestation: '{}' }]);
    expect(ledger.lastJobOf('stream/1')).toBeUndefined();
  });

  it('knows the last job of a name that was used again', () => {
    for (const jobId of ['b', 'a']) {
      ledger.keepAttempt('stream/0', attempt(jobId));
      nowMs += 1;
    }
    expect(ledger.lastJobOf('stream/0')).toBe('a');
  });

  it('gives the receipts of an attempt in pieces', () => {
    ledger.keepReceipts([2, 0, 1].map((index) => sampleReceipt('a', index)));
    ledger.keepReceipts([sampleReceipt('b', 0)]);
    expect(ledger.receipts('a', 1, 0, 2)).toEqual([sampleReceipt('a', 0), sampleReceipt('a', 1)]);
    expect(ledger.receipts('a', 1, 2, 2)).toEqual([sampleReceipt('a', 2)]);
    expect(ledger.receipts('a', 2, 0, 2)).toEqual([]);
  });

  it('forgets jobs that nothing was written of for long, a little at a time, and no others', () => {
    for (const jobId of ['a', 'b']) ledger.keepAttempt(`${jobId}/0`, attempt(jobId));
    ledger.keepReceipts([0, 1, 2].map((index) => sampleReceipt('a', index)));
    nowMs = 2000;
    ledger.keepReceipts([sampleReceipt('b', 0)]);
    expect(ledger.forgetBefore(1500, 2)).toBe(true);
    expect(ledger.receipts('a', 1, 0, 9)).toHaveLength(1);
    expect(ledger.forgetBefore(1500, 2)).toBe(true);
    expect(ledger.forgetBefore(1500, 2)).toBe(false);
    expect([ledger.lastJobOf('a/0'), ledger.attempts('a'), ledger.receipts('a', 1, 0, 9)]).toEqual([undefined, [], []]);
    expect([ledger.lastJobOf('b/0'), ledger.receipts('b', 1, 0, 9)]).toEqual(['b', [sampleReceipt('b', 0)]]);
  });

  it("may be in the file of an orchestrator's", () => {
    const others = new SqliteLedger(join(folder, 'ledger.sqlite'));
    ledger.keepReceipts([sampleReceipt('a', 0)]);
    others.keepReceipts([sampleReceipt('a', 0)]);
    expect([...others.receipts()]).toEqual([sampleReceipt('a', 0)]);
    others.close();
  });
});
