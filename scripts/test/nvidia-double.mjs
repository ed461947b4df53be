#!/usr/bin/env node
// Builds the double of NVIDIA's libraries (native/test/nvidia_double), for tests that start processes on it.
//   node scripts/test/nvidia-double.mjs    builds what is missing, and prints the folder that they are in
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { FileLock } from '../deps/file-lock.mjs';
import { buildDir, root, run } from './commands.mjs';

const work = join(buildDir, 'nvidia-double');

/**
 * Does nothing twice, and one process does it while others wait.
 * @returns {Promise<string>} the folder to give to a process as LD_LIBRARY_PATH
 */
export async function buildNvidiaDouble() {
  mkdirSync(buildDir, { recursive: true });
  const lock = await FileLock.acquire(`${work}.lock`, () => {});
  try {
    const options = ['-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release', '-DMILLRACE_TESTS=ON'];
    for (const step of [
      ['-S', root, '-B', work, ...options],
      ['--build', work, '--target', 'nvidia_double'],
    ]) {
      const { status, output } = await run('cmake', step, { quiet: true });
      if (status !== 0) throw new Error(`The double of NVIDIA's libraries cannot be built (${status}):\n${output}`);
    }
    return join(work, 'native', 'test', 'nvidia_double', 'lib');
  } finally {
    await lock.release();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildNvidiaDouble());
