import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { prebuiltBinary } from './prebuilt-binary.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the bundle that checks a bare machine’s GPUs', () => {
  let folder: string;

  beforeAll(async () => {
    prebuiltBinary();
    folder = await mkdtemp(join(tmpdir(), 'millrace-gpu-bundle-'));
    // It refuses to be larger than it may be.
    const { stdout } = await run(process.execPath, ['scripts/gpu-bundle.mjs'], { cwd: root });
    const path = /gpu-bundle: (\S+\.tar\.gz)/.exec(stdout)?.[1] ?? '';
    await run('tar', ['-xzf', path, '-C', folder]);
  }, 180_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('runs without Node, npm and this checkout, and tries every stage', async () => {
    const { stdout } = await run(join(folder, 'millrace-gpu-check', 'run'), ['--json'], {
      cwd: folder,
      env: { PATH: '/usr/bin:/bin' },
    });
    expect(JSON.parse(stdout)).toMatchObject({
      places: [{ place: 'cpu', pictures: { compared: expect.any(Number) as number } }],
    });
  });

  it('brings Node and its C++ library along', async () => {
    const { stdout } = await run('ldd', [join(folder, 'millrace-gpu-check', 'bin', 'node')], {
      env: { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: join(folder, 'millrace-gpu-check', 'lib') },
    });
    expect(stdout).toContain(join(folder, 'millrace-gpu-check', 'lib', 'libstdc++.so.6'));
    expect(stdout).not.toContain('not found');
  });
});
