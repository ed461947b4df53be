// The engine's sanitizer builds, made with plain CMake and clang: no Node is involved.
import { join } from 'node:path';

import { buildDir, root, run } from './commands.mjs';

/** `address` also holds the fuzz targets, whose instrumentation the tests run with. */
const FLAVOURS = {
  address: ['-DMILLRACE_FUZZ=ON'],
  thread: ['-DMILLRACE_SANITIZE=thread'],
};

/** @param {keyof FLAVOURS} flavour */
export async function configure(flavour) {
  const folder = join(buildDir, flavour);
  const { status } = await run('cmake', [
    ...['-S', root, '-B', folder, '-G', 'Ninja', '--log-level=WARNING'],
    ...['-DCMAKE_C_COMPILER=clang', '-DCMAKE_CXX_COMPILER=clang++', '-DCMAKE_BUILD_TYPE=', '-DCMAKE_CXX_FLAGS=-O1'],
    ...['-DMILLRACE_TESTS=ON', ...FLAVOURS[flavour]],
  ]);
  return { status, folder };
}

/** @param {keyof FLAVOURS} flavour */
export async function build(flavour) {
  const { status, folder } = await configure(flavour);
  if (status !== 0) return { status, folder };
  const built = await run('cmake', ['--build', folder]);
  return { status: built.status, folder };
}
