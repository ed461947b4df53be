#!/usr/bin/env node
// Packs everything that a check of a machine's GPUs needs into one file, for a bare Linux with nothing on it but NVIDIA's
// driver: the release binary, Node and its C++ library, the compiled command line, and a script that starts it.
//   npm run gpu-bundle          writes build/millrace-gpu-check-<platform>-<arch>.tar.gz
//   tar -xzf …; millrace-gpu-check/run [--json]
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// What a person can send to a machine without thinking twice.
const mostBytes = 60e6;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const platform = `${process.platform}-${process.arch}`;
const binary = join('prebuilds', platform, 'millrace.glibc.node');
const folder = join(root, 'build', 'gpu-bundle', 'millrace-gpu-check');
const target = join(root, 'build', `millrace-gpu-check-${platform}.tar.gz`);

const script = `#!/bin/sh
# Checks this machine's GPUs with Millrace. Needs NVIDIA's driver, and nothing else.
here=$(cd "$(dirname "$0")" && pwd)
# Node's own C++ library, which a bare system may lack or have older.
LD_LIBRARY_PATH="$here/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
exec "$here/bin/node" "$here/app/bin/millrace.mjs" devices --self-test "$@"
`;

function fail(sentence) {
  console.error(`gpu-bundle: ${sentence}`);
  process.exit(1);
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) fail(`${command} failed: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

/** Libraries that Node is linked to and a bare system may lack. The C library is the system's own. */
function librariesOf(program) {
  return [...run('ldd', [program]).matchAll(/=> (\/\S+\/(?:libstdc\+\+|libgcc_s|libatomic)\.so\.\d+)/g)].map(
    ([, path]) => path,
  );
}

for (const [needed, command] of [
  [binary, 'npm run prebuild'],
  ['dist/cli/main.js', 'npm run build:ts'],
])
  if (!existsSync(join(root, needed))) fail(`there is no ${needed} yet. Run \`${command}\` first.`);

rmSync(dirname(folder), { recursive: true, force: true });
for (const part of ['bin', 'lib', 'app/node_modules']) mkdirSync(join(folder, part), { recursive: true });
const node = realpathSync(process.execPath);
copyFileSync(node, join(folder, 'bin', 'node'));
for (const library of librariesOf(node)) copyFileSync(realpathSync(library), join(folder, 'lib', basename(library)));
for (const part of ['package.json', 'LICENSE', 'THIRD_PARTY.md', 'bin', 'dist', join('prebuilds', platform)])
  cpSync(join(root, part), join(folder, 'app', part), { recursive: true });
// All that the command line loads for this from outside.
const loader = join('node_modules', 'node-gyp-build');
cpSync(join(root, loader), join(folder, 'app', loader), { recursive: true });
writeFileSync(join(folder, 'run'), script);
chmodSync(join(folder, 'run'), 0o755);

run('tar', ['-czf', target, '-C', dirname(folder), basename(folder)]);
rmSync(dirname(folder), { recursive: true, force: true });
const { size } = statSync(target);
const megabytes = (size / 1e6).toFixed(1);
if (size >= mostBytes) fail(`the bundle has ${megabytes} MB and may have ${mostBytes / 1e6}.`);
console.log(`gpu-bundle: ${target}, ${megabytes} MB`);
