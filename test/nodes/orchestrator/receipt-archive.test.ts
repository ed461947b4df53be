import { expect, test } from 'vitest';

import { ReceiptArchive } from '../../../src/nodes/orchestrator/receipt-archive.js';
import type { LedgerReceipt } from '../../../src/trust/ledger/ledger.js';
import { noReceipt, type IssuedReceipt } from '../../../src/trust/receipts/receipt.js';
import { defaultDomain } from '../../../src/trust/typed-data/domain.js';
import { silentLog } from '../silent-log.js';

function receipt(index: number): IssuedReceipt {
  const none = { sources: [], renditions: [] };
  const message = { ticket: noReceipt, index, previous: noReceipt, ...none, leftOut: [], final: false };
  return { message, signature: `0x${'00'.repeat(65)}`, tracks: none };
}

test('Receipts are written at once and together, with what they are known by.', () => {
  const batches: (readonly LedgerReceipt[])[] = [];
  const archive = new ReceiptArchive({ keepReceipts: (batch) => batches.push(batch) }, defaultDomain, silentLog);
  archive.keep('two', 4, [receipt(6), receipt(7)]);
  expect(batches).toHaveLength(1);
  expect(batches[0]).toMatchObject([
    { jobId: 'two', attempt: 4, index: 6 },
    { jobId: 'two', attempt: 4, index: 7 },
  ]);
  expect(JSON.parse(batches[0]?.[1]?.json ?? '')).toStrictEqual(receipt(7));
  expect(batches[0]?.[0]?.hash).toHaveLength(32);
  expect(batches[0]?.[0]?.hash).not.toEqual(batches[0]?.[1]?.hash);
});

test('A ledger that fails takes nothing else with it.', () => {
  let failures = 0;
  const keepReceipts = () => {
    failures += 1;
    throw new Error('The disk is full.');
  };
  new ReceiptArchive({ keepReceipts }, defaultDomain, silentLog).keep('one', 1, [receipt(0)]);
  expect(failures).toBe(1);
});
