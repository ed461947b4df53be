#!/usr/bin/env node
// Sets up everything that `npm start`, `npm test` and `npm run bench` need, and does nothing twice.
//   node scripts/setup.mjs [--for demo|bench|tests]
// Needs Node and npm alone: this file and what it imports have no dependencies. Talks on stderr.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ensureDeps, prefixPath } from './deps.mjs';
import { BuildError } from './deps/library.mjs';
import { SourceError } from './deps/source.mjs';
import { InputStamp } from './setup/input-stamp.mjs';
import { installMissingPackages, PackagesMissingError } from './setup/packages.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const OLDEST_NODE = [20, 11];

const { values } = parseArgs({ options: { for: { type: 'string', default: 'demo' } } });
const ffmpeg = process.env.MILLRACE_FFMPEG || 'bundled';
const report = (line) => console.error(`setup: ${line}`);

/** A step's command failed; its own output has said why. */
class StepError extends Error {
  name = 'StepError';
}

async function main() {
  checkNode();
  installMissingPackages({ purpose: values.for, ffmpeg, report });
  installDependencies();
  if (ffmpeg === 'bundled') await buildThirdParty();
  buildAddon();
  buildTypeScript();
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new StepError(`Node ${process.versions.node} is too old: Millrace needs ${OLDEST_NODE.join('.')} or newer.`);
}

function installDependencies() {
  const stamp = new InputStamp(join(root, 'node_modules', '.millrace-stamp'), {
    files: [join(root, 'package.json'), join(root, 'package-lock.json')],
    values: [process.versions.modules],
  });
  if (stamp.isCurrent()) return;
  report('installing the npm dependencies');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  stamp.write();
}

async function buildThirdParty() {
  await ensureDeps({ report: (line) => report(`third-party library ${line}`) });
}

function buildAddon() {
  const stamp = new InputStamp(join(root, 'build-native', 'stamps', 'addon'), {
    folders: ['addon', 'compat', 'media'].map((name) => join(root, 'native', name)),
    files: ['CMakeLists.txt', 'native/CMakeLists.txt', 'native/third_party.cmake', 'native/exports.map'].map((name) =>
      join(root, name),
    ),
    values: [ffmpeg, ffmpeg === 'bundled' ? prefixPath() : '', installedVersion('cmake-js')],
  });
  if (stamp.isCurrent() && existsSync(join(root, 'build', 'Release', 'millrace.node'))) return;
  report('building the addon');
  run(process.execPath, [join(root, 'scripts', 'native.mjs')]);
  stamp.write();
}

function buildTypeScript() {
  // Computed anew after the build, which generates a part of src/.
  const stamp = () =>
    new InputStamp(join(root, 'build-native', 'stamps', 'typescript'), {
      folders: [join(root, 'src'), join(root, 'proto')],
      files: ['buf.gen.yaml', 'buf.yaml', 'tsconfig.base.json', 'tsconfig.build.json'].map((name) => join(root, name)),
      values: [installedVersion('typescript'), installedVersion('ts-proto')],
    });
  if (stamp().isCurrent() && existsSync(join(root, 'dist', 'index.js'))) return;
  report('compiling the TypeScript');
  run(process.execPath, [join(root, 'scripts', 'typescript.mjs')]);
  stamp().write();
}

function installedVersion(name) {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** Runs a command with all its output on stderr. */
function run(command, args) {
  const { status, error, signal } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  throw new StepError(`\`${command} ${args.join(' ')}\` failed: ${error?.message ?? signal ?? `exit code ${status}`}`);
}

try {
  await main();
} catch (error) {
  const expected = [StepError, PackagesMissingError, SourceError, BuildError].some((type) => error instanceof type);
  if (!expected) throw error;
  report(error.message);
  if (error instanceof SourceError || error instanceof BuildError)
    report('MILLRACE_FFMPEG=system in the environment builds against this distribution’s own libraries instead.');
  process.exitCode = 1;
}
