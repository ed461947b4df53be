#!/usr/bin/env node
// The one way the addon is built: cmake-js drives CMake; everything else calls this file.
//   node scripts/native.mjs [--config Release|Debug|RelWithDebInfo] [-- --CDNAME=VALUE …]     npm scripts
//   node scripts/native.mjs --out DIR --arch x64                                             binding.gyp
//   prebuildify --node-gyp ./scripts/native.mjs    (called as: rebuild --target=… --devdir=… --arch=… --release)
// CMake works in build-native/<config> (build-native/<config>-system with MILLRACE_FFMPEG=system); the addon is then
// copied to build/<config>/millrace.node, or to DIR.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({
  strict: false, // prebuildify passes --target and --devdir, which a Node-API build has no use for
  options: {
    'list-inputs': { type: 'boolean' },
    out: { type: 'string' },
    arch: { type: 'string' },
    config: { type: 'string' },
    debug: { type: 'boolean' },
    release: { type: 'boolean' },
  },
});

if (values['list-inputs']) {
  for (const name of readdirSync(join(root, 'native'), { recursive: true }))
    if (/\.(cc|h|cmake|map)$|CMakeLists\.txt$/.test(name)) console.log(join('native', name));
  process.exit(0);
}

const debug = values.debug || basename(values.out ?? '') === 'Debug';
const config = values.config ?? (debug ? 'Debug' : 'Release');
const ffmpeg = process.env.MILLRACE_FFMPEG || 'bundled';

// One work folder per configuration and flavour, given to CMake twice: cmake-js would otherwise put the library into
// a folder named after the configuration inside it.
const workDir = join(root, 'build-native', ffmpeg === 'bundled' ? config : `${config}-${ffmpeg}`);
const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
const options = [
  '--directory',
  root,
  '--out',
  workDir,
  '--config',
  config,
  '--log-level',
  'warn',
  '--generator',
  'Ninja',
];
options.push(`--CDMILLRACE_FFMPEG=${ffmpeg}`, `--CDCMAKE_LIBRARY_OUTPUT_DIRECTORY=${workDir}`);
if (values.arch) options.push('--arch', values.arch);
options.push(...positionals.filter((argument) => argument.startsWith('--CD')));

// cmake-js never configures an existing cache again on `compile`; CMake itself does so cheaply.
for (const step of ['configure', 'build']) {
  const { status, error } = spawnSync(process.execPath, [cmakeJs, step, ...options], { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

// build/<config> is where node-gyp-build looks first; a build always replaces what lies there.
const out = values.out ?? join(root, 'build', config);
rmSync(join(out, 'millrace.node'), { force: true }); // a running process keeps the file that it has loaded
mkdirSync(out, { recursive: true });
copyFileSync(join(workDir, 'millrace.node'), join(out, 'millrace.node'));
