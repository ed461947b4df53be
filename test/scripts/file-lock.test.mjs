import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { FileLock } from '../../scripts/deps/file-lock.mjs';

const script = fileURLToPath(new URL('file-lock-process.mjs', import.meta.url));

describe('the lock of the third-party build', () => {
  let folder;
  let path;
  let journal;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-lock-'));
    path = join(folder, 'lock');
    journal = join(folder, 'journal');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const contender = (...args) => spawn(process.execPath, [script, path, journal, ...args]);

  it('can be had again once released', async () => {
    for (let round = 0; round < 2; round += 1) {
      const lock = await FileLock.acquire(path, () => expect.unreachable('waited for nobody'));
      expect(readFileSync(path, 'utf8')).toBe(String(process.pid));
      await lock.release();
    }
  });

  it('makes the second wait until the first is done, and says for whom', async () => {
    const first = await FileLock.acquire(path, () => {});
    const waitedFor = [];
    const second = FileLock.acquire(path, (pid) => {
      waitedFor.push(pid);
      void first.release();
    });
    await (await second).release();
    expect(waitedFor).toEqual([process.pid]);
  });

  it('does not wait for a process that died with it', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(path, String(pid));
    const lock = await FileLock.acquire(path, () => expect.unreachable('waited for a dead process'));
    await lock.release();
  });

  it('goes to one at a time of those who waited for a process that was killed', { timeout: 60_000 }, async () => {
    const owner = contender('forever');
    await once(owner.stdout, 'data');
    const waiters = Array.from({ length: 4 }, () => contender());
    await Promise.all(waiters.map((waiter) => once(waiter.stdout, 'data')));
    owner.kill('SIGKILL');
    await Promise.all(waiters.map((waiter) => once(waiter, 'close')));
    const expected = ['in', ...waiters.flatMap(() => ['in', 'out'])];
    expect(readFileSync(journal, 'utf8').trim().split('\n')).toEqual(expected);
  });
});
