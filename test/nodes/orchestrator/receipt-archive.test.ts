import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { ReceiptArchive } from '../../../src/nodes/orchestrator/receipt-archive.js';
import { ReceiptIssuer } from '../../../src/nodes/orchestrator/receipt-issuer.js';
import { verifyBundle } from '../../../src/trust/bundle/verify-bundle.js';
import type { LedgerOrder, LedgerReceipt } from '../../../src/trust/ledger/ledger.js';
import { SqliteLedger } from '../../../src/trust/ledger/sqlite-ledger.js';
import { ticketMessage } from '../../../src/trust/orders/ticket.js';
import type { MadeReceipt } from '../../../src/trust/receipts/receipt-builder.js';
import { broadcasterTrust, orchestratorTrust, signed } from '../sample-trust.js';
import { silentLog } from '../silent-log.js';
import { sampleOrder, sampleWindow } from '../wire-samples.js';

const dayMs = 86_400_000;
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-archive-'));
  file = join(folder, 'ledger.sqlite');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** An attempt of a job, at the orchestrator that takes its order. */
function attemptOf(jobId: string): ReceiptIssuer {
  const { ticket } = signed(sampleOrder({ jobId })).recent();
  const hash = ticketMessage.hash(orchestratorTrust.domain, ticket.message);
  return new ReceiptIssuer({ ...orchestratorTrust, ticket, hash });
}

/** The receipt of its window. */
function window(attempt: ReceiptIssuer, index: number): MadeReceipt[] {
  return attempt.receiptsFor({ $case: 'windowClosed', value: sampleWindow('P360p30fps16x9', index, false) });
}

test('What an orchestrator that was killed has in writing can be verified: the receipts, and the order that they answer.', async () => {
  const killed = new SqliteLedger(file);
  const archive = new ReceiptArchive({ ledger: killed, log: silentLog });
  const attempt = attemptOf('one');
  for (const index of [0, 1]) archive.keep(attempt.order, window(attempt, index));
  const found = new SqliteLedger(file, { readOnly: true });
  const [order] = [...found.orders()];
  const verdict = await verifyBundle({
    format: 'millrace-bundle',
    version: 1,
    domain: broadcasterTrust.domain,
    attempts: [
      {
        ticket: JSON.parse(order?.json ?? '') as unknown,
        receipts: [...found.receipts('one')].map(({ json }) => JSON.parse(json) as unknown),
      },
    ],
  });
  expect(verdict).toMatchObject({ holds: true, attempts: [{ faults: [], windows: [{ window: 0 }, { window: 1 }] }] });
  found.close();
  killed.close();
});

test('Receipts are written at once and together, with what they are known by, and their order with the first of them.', () => {
  const batches: [readonly LedgerReceipt[], LedgerOrder | undefined][] = [];
  const ledger = {
    keepReceipts: (...batch: [readonly LedgerReceipt[], LedgerOrder?]) => batches.push([batch[0], batch[1]]),
    forgetBefore: () => false,
  };
  const archive = new ReceiptArchive({ ledger, log: silentLog });
  const attempt = attemptOf('two');
  const made = [0, 1, 2].flatMap((index) => window(attempt, index));
  archive.keep(attempt.order, made.slice(0, 2));
  archive.keep(attempt.order, made.slice(2));
  expect(batches).toMatchObject([
    [[{ jobId: 'two', attempt: 1, index: 0 }, { index: 1 }], { jobId: 'two', attempt: 1 }],
    [[{ index: 2 }], undefined],
  ]);
  const [rows, order] = batches[0] ?? [];
  expect(JSON.parse(rows?.[1]?.json ?? '')).toStrictEqual(made[1]?.receipt);
  expect(hexOf(rows?.[0]?.hash)).toBe(made[0]?.hash);
  expect(hexOf(rows?.[0]?.hash)).toBe(made[1]?.receipt.message.previous);
  expect(JSON.parse(order?.json ?? '')).toStrictEqual(attempt.order.ticket);
  expect(hexOf(order?.hash)).toBe(made[0]?.receipt.message.ticket);
});

test('A ledger that fails takes nothing else with it, and gets the order with the next receipt.', () => {
  const orders: (LedgerOrder | undefined)[] = [];
  const ledger = {
    keepReceipts: (_: readonly LedgerReceipt[], order?: LedgerOrder) => {
      orders.push(order);
      throw new Error('The disk is full.');
    },
    forgetBefore: () => false,
  };
  const archive = new ReceiptArchive({ ledger, log: silentLog });
  const attempt = attemptOf('one');
  for (const index of [0, 1]) archive.keep(attempt.order, window(attempt, index));
  expect(orders).toMatchObject([{ jobId: 'one' }, { jobId: 'one' }]);
});

test('Receipts are forgotten when they are so old, and the others are not.', async () => {
  let nowMs = Date.now() - 2 * dayMs;
  const ledger = new SqliteLedger(file, { now: () => nowMs });
  using archive = new ReceiptArchive({ ledger, keepForMs: dayMs, log: silentLog });
  const attempt = attemptOf('old');
  archive.keep(attempt.order, window(attempt, 0));
  nowMs = Date.now();
  archive.keep(attempt.order, window(attempt, 1));
  await expect.poll(() => [...ledger.receipts()].map(({ index }) => index)).toEqual([1]);
  ledger.close();
});

function hexOf(hash: Uint8Array | undefined): string {
  return `0x${Buffer.from(hash ?? []).toString('hex')}`;
}
