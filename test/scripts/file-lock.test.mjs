import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { FileLock } from '../../scripts/deps/file-lock.mjs';

describe('the lock of the third-party build', () => {
  let folder;
  let path;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-lock-'));
    path = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is gone once released', async () => {
    const lock = await FileLock.acquire(path, () => {});
    expect(readFileSync(path, 'utf8')).toBe(String(process.pid));
    lock.release();
    expect(existsSync(path)).toBe(false);
  });

  it('makes the second wait until the first is done, and says for whom', async () => {
    const first = await FileLock.acquire(path, () => {});
    const waitedFor = [];
    const second = FileLock.acquire(path, (pid) => {
      waitedFor.push(pid);
      first.release();
    });
    (await second).release();
    expect(waitedFor).toEqual([process.pid]);
  });

  it('is taken over from a process that died holding it', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(path, String(pid));
    const lock = await FileLock.acquire(path, () => expect.unreachable('waited for a dead process'));
    expect(readFileSync(path, 'utf8')).toBe(String(process.pid));
    lock.release();
  });
});
