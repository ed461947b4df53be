import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { OrchestratorFile } from '../../../src/nodes/broadcaster/orchestrator-file.js';

let folder: string;
let path: string;
let warnings: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-orchestrators-'));
  path = join(folder, 'orchestrators');
  warnings = [];
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 30_000 });
}

function follow(): OrchestratorFile {
  return new OrchestratorFile({ path, intervalMs: 10, onWarning: (sentence) => warnings.push(sentence) });
}

test('Lines are addresses, but for comments and empty ones.', async () => {
  await writeFile(path, '# ours\na.example:8935\r\n\n  https://b.example:8935  # far away\n[::1]:1\n');
  await using source = follow();
  await source.start();

  expect(source.addresses()).toEqual(['a.example:8935', 'b.example:8935', '[::1]:1']);
});

test('A file may begin with an IPv6 address, which is no JSON list.', async () => {
  await writeFile(path, '[fd00::1]:8935\n');
  await using source = follow();
  await source.start();

  expect(source.addresses()).toEqual(['[fd00::1]:8935']);
});

test('A JSON list is taken as a webhook’s is.', async () => {
  await writeFile(path, JSON.stringify(['a:1', { address: 'https://b:2' }]));
  await using source = follow();
  await source.start();

  expect(source.addresses()).toEqual(['a:1', 'b:2']);
});

test('A list that changes is read again, and told.', async () => {
  await writeFile(path, 'a:1\n');
  await using source = follow();
  const told: (readonly string[])[] = [];
  source.onChange((addresses) => told.push(addresses));
  await source.start();

  await writeFile(path, 'b:2\n');
  await eventually(() => {
    expect(source.addresses()).toEqual(['b:2']);
  });
  await writeFile(`${path}.new`, 'c:3\n');
  await rename(`${path}.new`, path);
  await eventually(() => {
    expect(source.addresses()).toEqual(['c:3']);
  });

  // Writing is truncating first: what is read in between may be empty, which is warned of, and changes nothing.
  expect(told).toEqual([['a:1'], ['b:2'], ['c:3']]);
});

test('Nobody is told after having had enough.', async () => {
  await writeFile(path, 'a:1\n');
  await using source = follow();
  const told: (readonly string[])[] = [];
  const end = source.onChange((addresses) => told.push(addresses));
  end();
  await source.start();

  expect(source.addresses()).toEqual(['a:1']);
  expect(told).toEqual([]);
});

test.each([
  ['is not JSON', '[nonsense'],
  ['has no orchestrator in it', 'nonsense\n'],
  ['has no orchestrator in it', ''],
])('A file that %s warns once, and the last good list stays.', async (reason, content) => {
  await writeFile(path, 'a:1\n');
  await using source = follow();
  await source.start();

  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
  await eventually(() => {
    expect(warnings).not.toEqual([]);
  });
  expect(source.addresses()).toEqual(['a:1']);
  await writeFile(`${path}.new`, 'b:2\n');
  await rename(`${path}.new`, path);
  await eventually(() => {
    expect(source.addresses()).toEqual(['b:2']);
  });

  expect(warnings).toEqual([`The file of orchestrators ${path} ${reason}; the list stays as it was.`]);
});

test('A file that goes away and comes back is read again.', async () => {
  await writeFile(path, 'a:1\n');
  await using source = follow();
  await source.start();

  await rename(path, `${path}.away`);
  await eventually(() => {
    expect(warnings).toEqual([`The file of orchestrators ${path} cannot be read (ENOENT); the list stays as it was.`]);
  });
  expect(source.addresses()).toEqual(['a:1']);
  await writeFile(`${path}.away`, 'b:2\n');
  await rename(`${path}.away`, path);
  await eventually(() => {
    expect(source.addresses()).toEqual(['b:2']);
  });
});

test('Lines that are no addresses are left out, and warned of.', async () => {
  await writeFile(path, 'a:1\nnonsense\n');
  await using source = follow();
  await source.start();

  expect(source.addresses()).toEqual(['a:1']);
  expect(warnings).toEqual([`In the file of orchestrators ${path}: Entry 2 is no orchestrator's host:port.`]);
});

test('A file that is not there at the start is the operator’s mistake.', async () => {
  await using source = follow();

  await expect(source.start()).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: `The file of orchestrators ${path} cannot be read (ENOENT).`,
  });
});

test('Once disposed of, it looks at the file no more.', async () => {
  await writeFile(path, 'a:1\n');
  const source = follow();
  await source.start();
  await source[Symbol.asyncDispose]();

  await writeFile(path, 'b:2\n');
  await using other = follow();
  await other.start();
  await writeFile(path, 'c:3\n');
  await eventually(() => {
    expect(other.addresses()).toEqual(['c:3']);
  });
  expect(source.addresses()).toEqual(['a:1']);
});
