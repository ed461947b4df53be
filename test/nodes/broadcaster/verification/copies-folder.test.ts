import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { makeCopiesFolder, sweepCopiesFolders } from '../../../../src/nodes/broadcaster/verification/copies-folder.js';

let folder: string;
/** The name of a folder of this process's, in its parts. */
let own: { machine: string; startedAt: string };
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-sweep-'));
  const made = await makeCopiesFolder();
  rmSync(made, { recursive: true });
  const [, machine = '', pid, startedAt = ''] = /-([0-9a-f]{8})-(\d+)-([0-9a-z]+)-.{6}$/.exec(basename(made)) ?? [];
  expect(Number(pid)).toBe(process.pid);
  own = { machine, startedAt };
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A folder with something in it, by its name without the beginning. */
function left(name: string): string {
  mkdirSync(join(folder, `millrace-verification-${name}`, 'copy'), { recursive: true });
  return `millrace-verification-${name}`;
}

describe('The folders of copies that are found when a broadcaster starts', () => {
  it('are removed where their node was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const name = left(`${own.machine}-${child.pid ?? 0}-abc-AbC123`);
    await sweepCopiesFolders(folder);
    expect(readdirSync(folder)).toEqual([name]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await sweepCopiesFolders(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are removed where a node before had the same number, and not where they are of this one', async () => {
    left(`${own.machine}-${process.pid}-before-AbC123`);
    const name = left(`${own.machine}-${process.pid}-${own.startedAt}-AbC123`);
    await sweepCopiesFolders(folder);
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('are left alone where they are of another machine, or of anything else', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const names = [`00000000-${child.pid ?? 0}-abc-AbC123`, 'notes', `${own.machine}-`].map(left);
    mkdirSync(join(folder, `other-${own.machine}-${child.pid ?? 0}-abc-AbC123`));
    await sweepCopiesFolders(folder);
    for (const name of names) expect(existsSync(join(folder, name)), name).toBe(true);
    expect(readdirSync(folder)).toHaveLength(4);
  });
});
