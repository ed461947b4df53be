import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { etherText } from '../../src/cli/ether-text.js';
import { SqliteEvidenceLedger } from '../../src/trust/ledger/sqlite-evidence-ledger.js';
import { SqliteLedger } from '../../src/trust/ledger/sqlite-ledger.js';
import { sampleOrder, sampleReceipt, sampleWinner } from '../trust/ledger/samples.js';
import { millrace } from './millrace-process.js';

let folder: string;
let ledger: SqliteLedger;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-ledger-'));
  file = join(folder, 'ledger.sqlite');
  // Stays open, as that of an orchestrator at work.
  ledger = new SqliteLedger(file);
  for (const index of [1, 2, 3]) ledger.keepWinner(sampleWinner(index, { faceValueWei: 15n * 10n ** 17n }));
  ledger.settle(sampleWinner(1).hash, `0x${'ab'.repeat(32)}`);
  ledger.giveUp(sampleWinner(2).hash, 'It expired.');
  ledger.keepReceipts([sampleReceipt('job', 0), { ...sampleReceipt('job', 1), json: 'no JSON' }], sampleOrder('job'));
});
afterAll(async () => {
  ledger.close();
  await rm(folder, { recursive: true });
});

describe('millrace ledger', () => {
  it('lists winning tickets, with what became of them', async () => {
    const { code, stdout } = await millrace(['ledger', 'list', '--ledger', file]);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^\d{4}-.*Z {2}redeemed +1\.5 ETH {2}from 0x(03){20} {2}0x(ab){32}$/);
    expect(lines[1]).toMatch(/ lost .* It expired\.$/);
    expect(lines[2]).toMatch(/ waiting .* from 0x(03){20}$/);
  });

  it('lists them as JSON, without what it takes to redeem them', async () => {
    const { stdout } = await millrace(['ledger', 'list', '--json', '--ledger', file]);
    const lines = jsonLines(stdout);
    expect(lines).toMatchObject([
      { state: 'redeemed' },
      { state: 'lost', reason: 'It expired.' },
      { state: 'waiting' },
    ]);
    expect(stdout).not.toContain('recipientRand');
    expect(stdout).not.toContain('signature');
  });

  it('exports tickets, and receipts with the orders that they answer, whole', async () => {
    const { code, stdout } = await millrace(['ledger', 'export', '--ledger', file]);
    expect(code).toBe(0);
    const lines = jsonLines(stdout);
    expect(lines.map(({ type }) => type)).toEqual(['ticket', 'ticket', 'ticket', 'order', 'receipt', 'receipt']);
    expect(lines[2]).toMatchObject({ recipientRand: String(sampleWinner(3).recipientRand), senderNonce: 3 });
    expect(lines[3]).toMatchObject({ jobId: 'job', attempt: 1, ticket: { order: 'job' } });
    expect(lines[4]).toMatchObject({ jobId: 'job', attempt: 1, index: 0, receipt: { job: 'job', index: 0 } });
    expect(lines[5]).toMatchObject({ receipt: 'no JSON' });
  });

  it("exports a broadcaster's attempts with what it attests, and receipts; and says that nothing was won", async () => {
    const own = join(folder, 'broadcaster.sqlite');
    const evidence = new SqliteEvidenceLedger(own);
    evidence.keepAttempt('stream/0', { jobId: 'job', attempt: 1, ticket: '{"order":"job"}' });
    evidence.keepAttempt('stream/0', { jobId: 'job', attempt: 2, ticket: '{"order":"again"}' });
    evidence.keepAttestation('job', 2, '{"windows":[]}');
    evidence.keepReceipts([sampleReceipt('job', 0), sampleReceipt('job', 1)]);
    const { stdout } = await millrace(['ledger', 'export', '--ledger', own]);
    const attempt = { type: 'attempt', jobId: 'job', segment: 'stream/0' };
    expect(jsonLines(stdout)).toMatchObject([
      { ...attempt, attempt: 1, ticket: { order: 'job' } },
      { ...attempt, attempt: 2, ticket: { order: 'again' }, attestation: { windows: [] } },
      { type: 'receipt', index: 0 },
      { type: 'receipt', index: 1 },
    ]);
    for (const action of ['list', 'sum'])
      expect(await millrace(['ledger', action, '--ledger', own])).toMatchObject({
        ...{ code: 0, stdout: '2 receipts of 1 job; no winning tickets.\n' },
      });
    evidence.close();
  });

  it('sums up by state', async () => {
    const { stdout } = await millrace(['ledger', 'sum', '--ledger', file]);
    expect(stdout).toMatch(
      /waiting +1 tickets +1\.5 ETH\n.*redeemed +1 tickets +1\.5 ETH\nlost +1 tickets +1\.5 ETH\n$/s,
    );
    const { stdout: json } = await millrace(['ledger', 'sum', '--json', '--ledger', file]);
    expect(jsonLines(json)).toContainEqual({ state: 'redeemed', tickets: 1, faceValueWei: '1500000000000000000' });
  });

  it('says so when there is no ledger, and makes none', async () => {
    const missing = join(folder, 'missing.sqlite');
    const { code, stderr } = await millrace(['ledger', 'sum', '--ledger', missing]);
    expect(code).toBe(1);
    expect(stderr).toContain(`There is no ledger at ${missing}: check the path.`);
  });

  it.each([
    ['nothing to do', ['ledger', '--ledger', 'a'], 'Say what to do with the ledger'],
    ['no ledger', ['ledger', 'list'], 'Say which ledger, with --ledger FILE.'],
    ['an unknown action', ['ledger', 'drop', '--ledger', 'a'], 'takes list, export or sum'],
    ['two actions', ['ledger', 'list', 'sum', '--ledger', 'a'], 'takes no “sum”'],
  ])('%s: exit code 2 and a sentence', async (_, args, sentence) => {
    const { code, stdout, stderr } = await millrace(args);
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('explains itself', async () => {
    const { code, stdout } = await millrace(['ledger', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^millrace ledger list\|export\|sum/);
  });
});

it.each([
  [0n, '0'],
  [1n, '0.000000000000000001'],
  [15n * 10n ** 17n, '1.5'],
  [10n ** 21n, '1000'],
])('%i wei are %s ether', (wei, text) => {
  expect(etherText(wei)).toBe(text);
});

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
