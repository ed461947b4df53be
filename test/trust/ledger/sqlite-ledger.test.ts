import { chmod, copyFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SqliteLedger, type SqliteLedgerOptions } from '../../../src/trust/ledger/sqlite-ledger.js';
import { SqliteEvidenceLedger } from '../../../src/trust/ledger/sqlite-evidence-ledger.js';
import { sampleOrder, sampleReceipt, sampleTransaction, sampleWinner } from './samples.js';

let folder: string;
let file: string;
const open: SqliteLedger[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-ledger-'));
  file = join(folder, 'ledger.sqlite');
});
afterEach(async () => {
  for (const ledger of open.splice(0)) ledger.close();
  await rm(folder, { recursive: true });
});

describe('A ledger', () => {
  it('gives back what was written, after it was closed and opened', () => {
    const [first, winner] = [ledgerOf(), sampleWinner(1)];
    first.keepWinner(winner);
    first.keepReceipts([sampleReceipt('b', 0), sampleReceipt('a', 1), sampleReceipt('a', 0)]);
    first.close();
    open.pop();
    const second = ledgerOf();
    expect([...second.winners()]).toMatchObject([{ winner, state: 'waiting', reason: '', transactionHash: undefined }]);
    expect(second.winner(winner.hash)?.winner).toEqual(winner);
    expect([...second.receipts()]).toEqual([sampleReceipt('a', 0), sampleReceipt('a', 1), sampleReceipt('b', 0)]);
    expect([...second.receipts('b')]).toEqual([sampleReceipt('b', 0)]);
  });

  it('keeps what comes twice once, as it was', () => {
    const ledger = ledgerOf();
    ledger.keepWinner(sampleWinner(1));
    ledger.settle(sampleWinner(1).hash, '0xabc');
    ledger.keepWinner({ ...sampleWinner(1), session: 'another' });
    ledger.keepReceipts([sampleReceipt('a', 0), { ...sampleReceipt('a', 0), json: 'another' }]);
    expect([...ledger.winners()]).toMatchObject([
      { winner: sampleWinner(1), state: 'redeemed', transactionHash: '0xabc' },
    ]);
    expect([...ledger.receipts()]).toEqual([sampleReceipt('a', 0)]);
  });

  it('has the orders that receipts answer, once and the oldest first', () => {
    let nowMs = 1000;
    const ledger = ledgerOf({ now: () => nowMs });
    ledger.keepReceipts([sampleReceipt('b', 0)], sampleOrder('b'));
    nowMs = 2000;
    ledger.keepReceipts([sampleReceipt('a', 0)], sampleOrder('a'));
    ledger.keepReceipts([sampleReceipt('b', 1)], { ...sampleOrder('b'), json: 'another' });
    expect([...ledger.orders()]).toEqual([sampleOrder('b'), sampleOrder('a')]);
  });

  it('offers a ticket for redemption from the block with which its parameters expire', () => {
    const ledger = ledgerOf();
    ledger.keepWinner({ ...sampleWinner(1), expirationBlock: 50n });
    expect(ledger.redeemable(49n)).toBeUndefined();
    expect(ledger.redeemable(50n)?.winner.hash).toEqual(sampleWinner(1).hash);
    ledger.postpone(sampleWinner(1).hash, 60n, 'too few funds');
    expect(ledger.redeemable(59n)).toBeUndefined();
    expect(ledger.redeemable(60n)?.reason).toBe('too few funds');
  });

  it('takes one transaction for each state of a ticket, however many processes sign', () => {
    const [one, other, { hash }] = [ledgerOf(), ledgerOf(), sampleWinner(1)];
    one.keepWinner(sampleWinner(1));
    expect(one.submit(hash, sampleTransaction(1), 0)).toBe(true);
    expect(other.submit(hash, sampleTransaction(2), 0)).toBe(false);
    expect(other.submit(hash, sampleTransaction(3), 1)).toBe(true);
    expect(one.transactions(hash)).toEqual([sampleTransaction(1), sampleTransaction(3)]);
  });

  it('takes the same transaction again, as the newest', () => {
    const [ledger, { hash }] = [ledgerOf(), sampleWinner(1)];
    ledger.keepWinner(sampleWinner(1));
    for (const [index, before] of [
      [1, 0],
      [2, 1],
      [1, 2],
    ] as const)
      expect(ledger.submit(hash, sampleTransaction(index), before)).toBe(true);
    expect(ledger.transactions(hash)).toEqual([sampleTransaction(2), sampleTransaction(1)]);
  });

  it('does not change its mind about what is redeemed or lost', () => {
    const ledger = ledgerOf();
    for (const index of [1, 2]) ledger.keepWinner(sampleWinner(index));
    ledger.settle(sampleWinner(1).hash, undefined);
    ledger.giveUp(sampleWinner(2).hash, 'expired');
    for (const { hash } of [sampleWinner(1), sampleWinner(2)]) {
      expect(ledger.submit(hash, sampleTransaction(hash[0] ?? 0), 0)).toBe(false);
      ledger.postpone(hash, 0n, 'again');
      ledger.giveUp(hash, 'again');
      ledger.settle(hash, '0x1');
    }
    expect([...ledger.winners()]).toMatchObject([
      { state: 'redeemed', transactionHash: undefined },
      { state: 'lost', reason: 'expired' },
    ]);
  });

  it('adds up by state and by sender, beyond 64 bits', () => {
    const ledger = ledgerOf();
    for (const index of [1, 2, 3]) ledger.keepWinner(sampleWinner(index, { faceValueWei: 1n << 70n }));
    ledger.settle(sampleWinner(1).hash, undefined);
    expect(ledger.sums()).toEqual([
      { state: 'waiting', tickets: 2, faceValueWei: 2n << 70n },
      { state: 'submitted', tickets: 0, faceValueWei: 0n },
      { state: 'redeemed', tickets: 1, faceValueWei: 1n << 70n },
      { state: 'lost', tickets: 0, faceValueWei: 0n },
    ]);
    expect(ledger.pendingWei(sampleWinner(1).ticket.sender)).toBe(2n << 70n);
    expect(ledger.pendingWei(new Uint8Array(20))).toBe(0n);
  });

  it('finds what a sender has pending without a look at the tickets of others', () => {
    ledgerOf().keepWinner(sampleWinner(1));
    const database = new Database(file);
    const sql = "SELECT face_value_wei FROM winners WHERE sender = ? AND state IN ('waiting', 'submitted')";
    expect(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all([new Uint8Array(20)])).toMatchObject([
      { detail: 'SEARCH winners USING COVERING INDEX winners_by_sender (sender=? AND state=?)' },
    ]);
    database.close();
  });

  it('waits for the disk where it is about money, with a log that is written ahead', () => {
    ledgerOf().keepWinner(sampleWinner(1));
    const database = new Database(file);
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    database.close();
  });

  it('is readable for its owner only', async () => {
    ledgerOf().keepWinner(sampleWinner(1));
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
  });

  it('cannot be written when it was opened to be read', () => {
    ledgerOf().keepWinner(sampleWinner(1));
    const ledger = ledgerOf({ readOnly: true });
    expect([...ledger.winners()]).toHaveLength(1);
    expect(() => {
      ledger.keepWinner(sampleWinner(2));
    }).toThrow(expect.objectContaining({ code: 'LEDGER_FAILED' }) as Error);
  });

  it('is not written by looking at it: neither an empty file nor an older ledger is changed', async () => {
    await writeFile(file, '');
    expect(() => ledgerOf({ readOnly: true })).toThrow(expect.objectContaining({ code: 'LEDGER_FOREIGN' }) as Error);
    expect((await stat(file)).size).toBe(0);
    ledgerOf().keepWinner(sampleWinner(1));
    const database = new Database(file);
    // What the first version had.
    database.exec('DELETE FROM migrations WHERE id > 1; DROP INDEX IF EXISTS winners_by_sender');
    const ledger = ledgerOf({ readOnly: true });
    expect([...ledger.winners()]).toHaveLength(1);
    ledger.close();
    open.pop();
    expect(database.prepare('SELECT count(*) AS number FROM migrations').get()).toMatchObject({ number: 1 });
    database.close();
    // What is in the -wal file stays there.
    expect((await stat(`${file}-wal`)).size).toBeGreaterThan(0);
  });

  it('has no orders where an earlier version wrote it, and counts the age of its receipts from the update on', () => {
    ledgerOf().keepReceipts([sampleReceipt('a', 0)], sampleOrder('a'));
    const broadcasters = new SqliteEvidenceLedger(file);
    broadcasters.keepAttempt('stream/0', { jobId: 'b', attempt: 1, ticket: '{}' });
    broadcasters.keepReceipts([sampleReceipt('b', 0)]);
    broadcasters.close();
    const database = new Database(file);
    database.exec(`DROP INDEX receipts_by_age; ALTER TABLE receipts DROP COLUMN issued_at_ms; DROP TABLE orders;
      DELETE FROM migrations WHERE id > 3`);
    database.close();
    const before = Date.now();
    expect([...ledgerOf({ readOnly: true }).orders()]).toEqual([]);
    const ledger = ledgerOf();
    // The database's clock counts in seconds.
    expect(ledger.forgetBefore(before - 1000, 9)).toBe(false);
    expect(ledger.forgetBefore(Date.now() + 1000, 9)).toBe(true);
    expect([...ledger.receipts()]).toEqual([sampleReceipt('b', 0)]);
  });

  it('can be looked at while somebody writes, and goes along', () => {
    const [writer, reader] = [ledgerOf(), ledgerOf({ readOnly: true })];
    expect([...reader.winners()]).toHaveLength(0);
    writer.keepWinner(sampleWinner(1));
    expect([...reader.winners()]).toHaveLength(1);
  });

  it('can be looked at where nothing may be written, as a backup', async () => {
    ledgerOf().keepWinner(sampleWinner(1));
    open.pop()?.close();
    for (const end of ['-wal', '-shm']) await rm(`${file}${end}`, { force: true });
    await chmod(file, 0o444);
    await chmod(folder, 0o555);
    const count = asNobody(() => [...ledgerOf({ readOnly: true }).winners()].length);
    expect(count).toBe(1);
    expect(await readdir(folder)).toEqual(['ledger.sqlite']);
    await chmod(folder, 0o755);
  });

  it('is not looked at where nothing may be written and something would be missing, which is in its -wal file', async () => {
    ledgerOf().keepWinner(sampleWinner(1));
    const copy = await mkdtemp(join(tmpdir(), 'millrace-ledger-'));
    for (const end of ['', '-wal']) {
      await copyFile(`${file}${end}`, join(copy, `copy.sqlite${end}`));
      await chmod(join(copy, `copy.sqlite${end}`), 0o444);
    }
    await chmod(copy, 0o555);
    const look = () => asNobody(() => new SqliteLedger(join(copy, 'copy.sqlite'), { readOnly: true }));
    expect(look).toThrow(/ has changes in its -wal file, .*: copy both /);
    await chmod(copy, 0o755);
    await rm(copy, { recursive: true });
  });

  it('is not looked at when a later version has written it', () => {
    ledgerOf();
    const database = new Database(file);
    database.exec("INSERT INTO migrations VALUES (99, 'from the future', 0)");
    database.close();
    expect(() => ledgerOf({ readOnly: true })).toThrow(expect.objectContaining({ code: 'LEDGER_TOO_NEW' }) as Error);
  });

  it('is not made by looking for it', async () => {
    expect(() => ledgerOf({ readOnly: true })).toThrow(
      expect.objectContaining({ code: 'LEDGER_UNAVAILABLE' }) as Error,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('is refused where a file is something else', async () => {
    await writeFile(
      file,
      'not a database, but a text that is long enough to be taken for the header of one. '.repeat(20),
    );
    for (const readOnly of [false, true])
      expect(() => ledgerOf({ readOnly })).toThrow(
        expect.objectContaining({
          code: 'LEDGER_FOREIGN',
          message: `${file} is not a ledger of Millrace, but some other file: name the file that a node keeps as its ledger.`,
        }) as Error,
      );
    const foreign = join(folder, 'foreign.sqlite');
    const database = new Database(foreign);
    database.exec('CREATE TABLE things (name TEXT)');
    database.close();
    expect(() => new SqliteLedger(foreign)).toThrow(expect.objectContaining({ code: 'LEDGER_FOREIGN' }) as Error);
  });

  it('is refused when a later version has written it', () => {
    ledgerOf();
    const database = new Database(file);
    database.exec("INSERT INTO migrations VALUES (99, 'from the future', 0)");
    database.close();
    expect(() => ledgerOf()).toThrow(expect.objectContaining({ code: 'LEDGER_TOO_NEW' }) as Error);
  });

  it('says so when the path cannot be', () => {
    const [none, nowhere] = [join(folder, 'none'), join(folder, 'none', 'ledger.sqlite')];
    expect(() => new SqliteLedger(nowhere)).toThrow(
      `The ledger ${nowhere} cannot be made: make the folder ${none} first.`,
    );
    for (const readOnly of [false, true])
      expect(() => new SqliteLedger(folder, { readOnly })).toThrow(
        `${folder} is a folder: name the ledger's file in it.`,
      );
  });

  it('is missed in a copy that was made without its -wal file', async () => {
    ledgerOf().keepWinner(sampleWinner(1));
    const copy = join(folder, 'copy.sqlite');
    await copyFile(file, copy);
    expect(() => new SqliteLedger(copy, { readOnly: true })).toThrow(
      `${copy} is empty: if this is a copy of a ledger, copy its -wal file too.`,
    );
  });

  it("has a broadcaster's attempts beside an orchestrator's orders, where the version that wrote it had them", () => {
    const broadcasters = new SqliteEvidenceLedger(file);
    broadcasters.keepAttempt('stream/0', { jobId: 'b', attempt: 1, ticket: '{}' });
    broadcasters.close();
    expect([...ledgerOf({ readOnly: true }).attempts()]).toEqual([
      { segment: 'stream/0', jobId: 'b', attempt: 1, ticket: '{}' },
    ]);
    const database = new Database(file);
    database.exec('DROP TABLE evidence_attempts');
    database.close();
    expect([...ledgerOf({ readOnly: true }).attempts()]).toEqual([]);
  });
});

/** The administrator may write anywhere. */
function asNobody<T>(action: () => T): T {
  if (process.getuid?.() !== 0) return action();
  process.seteuid?.(65_534);
  try {
    return action();
  } finally {
    process.seteuid?.(0);
  }
}

function ledgerOf(options?: SqliteLedgerOptions): SqliteLedger {
  const ledger = new SqliteLedger(file, options);
  open.push(ledger);
  return ledger;
}
