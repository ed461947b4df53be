#!/usr/bin/env node
// Generates src/rpc/generated/ from proto/, and compiles src/ into dist/ with nothing left over from files that are gone.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const generated = join('rpc', 'generated');
const descriptors = join(generated, 'descriptors.binpb');

for (const folder of [join(root, 'src', generated), join(root, 'dist')])
  rmSync(folder, { recursive: true, force: true });
const buf = require.resolve('@bufbuild/buf/bin/buf');
run(buf, ['generate']);
// Server reflection answers from these.
run(buf, ['build', '--as-file-descriptor-set', '-o', join('src', descriptors)]);
run(require.resolve('typescript/bin/tsc'), ['-p', 'tsconfig.build.json']);
cpSync(join(root, 'src', descriptors), join(root, 'dist', descriptors));

/** Runs a program of an npm package, or ends this one with its exit code. */
function run(script, args) {
  const { status, error } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter) },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
