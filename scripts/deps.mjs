#!/usr/bin/env node
// Builds the third-party libraries once per machine, into a cache outside the checkout.
//   node scripts/deps.mjs            builds what is missing; prints the prefix on stdout
//   node scripts/deps.mjs --print    prints the prefix, and fails when it is not complete
//   node scripts/deps.mjs --refresh  looks again for newer versions of the tested range
// ${MILLRACE_CACHE:-${XDG_CACHE_HOME:-~/.cache}/millrace}/
//   deps/<key>/                 the prefix: include/, lib/, lib/pkgconfig/
//   libraries/<name>-<key>/     each library as built; the prefix is made of hard links to these
//   sources/  work/  log/
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { AptSuite } from './deps/apt-suite.mjs';
import { BuildError, buildLibrary, LAYOUT, libraryKey, patchesOf } from './deps/library.mjs';
import { tellElapsed } from './deps/elapsed.mjs';
import { FileLock } from './deps/file-lock.mjs';
import { fetchSource, SourceError } from './deps/source.mjs';

const depsDir = resolve(dirname(fileURLToPath(import.meta.url)), '..', 'native', 'deps');
const COMPLETE = '.complete';

/** Folder that outlives checkouts. */
export function cacheDir() {
  const { MILLRACE_CACHE, XDG_CACHE_HOME } = process.env;
  return MILLRACE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'millrace');
}

/** Prefix for this manifest, these recipes and patches, and this machine's compilers. */
export function prefixPath() {
  const { libraries } = readManifest();
  const hash = createHash('sha256').update(JSON.stringify([LAYOUT, libraries, toolchain()]));
  for (const { name } of libraries)
    for (const file of [join(depsDir, 'recipes', `${name}.sh`), ...patchesOf(depsDir, name)])
      hash.update(readFileSync(file));
  return join(cacheDir(), 'deps', hash.digest('hex').slice(0, 16));
}

export function isComplete(prefix) {
  return existsSync(join(prefix, COMPLETE));
}

/**
 * Builds every library that is missing.
 * @param {{ refresh?: boolean, report?: (line: string) => void }} options
 * @returns {Promise<string>} the prefix
 */
export async function ensureDeps({ refresh = false, report = () => {} } = {}) {
  const prefix = prefixPath();
  if (isComplete(prefix) && !refresh) return prefix;
  const cache = cacheDir();
  for (const folder of ['deps', 'libraries', 'sources', 'work', 'log', 'apt'])
    mkdirSync(join(cache, folder), { recursive: true });
  const lock = await FileLock.acquire(`${prefix}.lock`, (pid) => report(`waiting for the build of process ${pid}`));
  try {
    if (!isComplete(prefix) || refresh) await buildPrefix(prefix, cache, report);
  } finally {
    await lock.release();
  }
  return prefix;
}

async function buildPrefix(prefix, cache, report) {
  const { libraries } = readManifest();
  const suites = new Map();
  const openSuite = (name) => {
    if (!suites.has(name)) suites.set(name, new AptSuite(name, join(cache, 'apt')));
    return suites.get(name);
  };
  const compilers = toolchain();
  const keys = new Map();
  // Assembled anew, so that nothing of a library's former version stays behind.
  const staging = `${prefix}.partial`;
  rmSync(staging, { recursive: true, force: true });

  for (const [index, library] of libraries.entries()) {
    const label = `[${index + 1}/${libraries.length}] ${library.name}`;
    const sourceDir = join(cache, 'sources', library.name);
    const source = await fetchSource(library, openSuite, sourceDir);
    const neededKeys = library.needs.map((name) => keys.get(name));
    const key = libraryKey({ depsDir, library, source, toolchain: compilers, neededKeys });
    keys.set(library.name, key);
    const built = join(cache, 'libraries', `${library.name}-${key}`);
    if (existsSync(built)) {
      report(`${label} ${source.version}: already built`);
    } else {
      report(`${label} ${source.version} (${source.origin}): building`);
      const startedAtMs = Date.now();
      const building = buildLibrary({
        depsDir,
        library,
        source,
        sourceDir,
        needsDir: staging,
        workDir: join(cache, 'work', `${library.name}-${key}`),
        target: built,
        logFile: join(cache, 'log', `${library.name}.log`),
      });
      await tellElapsed(building, (seconds) => report(`${label} ${source.version}: building, ${seconds} s so far`));
      report(`${label} ${source.version}: built in ${Math.round((Date.now() - startedAtMs) / 1000)} s`);
    }
    linkTree(built, staging);
  }
  writeFileSync(join(staging, COMPLETE), '');
  rmSync(prefix, { recursive: true, force: true });
  renameSync(staging, prefix);
}

function readManifest() {
  return JSON.parse(readFileSync(join(depsDir, 'manifest.json'), 'utf8'));
}

function toolchain() {
  // clang compiles FFmpeg's CUDA kernels; everything else is the C and C++ compiler's.
  return ['cc', 'c++', 'clang'].map((command) => {
    const { stdout, error } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    return error ? `${command}: none` : stdout.split('\n', 1)[0];
  });
}

function linkTree(from, to) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) cpSync(source, target, { verbatimSymlinks: true });
    else linkSync(source, target);
  }
}

async function main() {
  const { values } = parseArgs({ options: { print: { type: 'boolean' }, refresh: { type: 'boolean' } } });
  if (values.print) {
    const prefix = prefixPath();
    console.log(prefix);
    return isComplete(prefix) ? 0 : 1;
  }
  try {
    console.log(await ensureDeps({ refresh: values.refresh, report: (line) => console.error(`deps: ${line}`) }));
    return 0;
  } catch (error) {
    if (!(error instanceof SourceError || error instanceof BuildError)) throw error;
    console.error(`deps: ${error.message}`);
    console.error(
      'deps: To build against the libraries of this distribution instead (through pkg-config; not portable),\n' +
        'deps: set MILLRACE_FFMPEG=system and run the command again.',
    );
    return 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
