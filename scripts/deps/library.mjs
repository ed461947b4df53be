// Builds one third-party library into a folder of its own, keyed by everything that goes into it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { unpackSource } from './source.mjs';

/** A recipe failed; the message ends with the last lines of its log. */
export class BuildError extends Error {
  name = 'BuildError';
}

/** Part of every key: raise it when what a build leaves behind changes for another reason than its recipe. */
export const LAYOUT = 2;

// These libraries parse what strangers send, so their stacks are guarded. Sections of their own let the addon's linker
// drop what nothing calls. Mapped names keep the folders of the machine that built it out of a binary.
const compilerFlags = (tree) =>
  `-fstack-protector-strong -ffunction-sections -fdata-sections -ffile-prefix-map=${tree}=.`;

/** Our patches for a library, in the order they apply. */
export function patchesOf(depsDir, name) {
  const folder = join(depsDir, 'patches', name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .sort()
    .map((file) => join(folder, file));
}

/** Key of a built library: its source, recipe, patches, the compilers, and the keys of what it is built on. */
export function libraryKey({ depsDir, library, source, toolchain, neededKeys }) {
  const hash = createHash('sha256').update(
    JSON.stringify([source.files, toolchain, neededKeys, compilerFlags(''), LAYOUT]),
  );
  for (const file of [join(depsDir, 'recipes', `${library.name}.sh`), ...patchesOf(depsDir, library.name)])
    hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Builds into a temporary folder and renames it to `target` at the end: an interrupted build leaves nothing half done.
 * @param {string} needsDir prefix that holds the libraries this one is built on
 */
export async function buildLibrary({ depsDir, library, source, sourceDir, needsDir, workDir, target, logFile }) {
  const out = join(workDir, 'out');
  const tree = join(workDir, 'source');
  rmSync(workDir, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  unpackSource(sourceDir, tree, patchesOf(depsDir, library.name));
  await runRecipe(join(depsDir, 'recipes', `${library.name}.sh`), tree, logFile, {
    OUT: out,
    DEPS: needsDir,
    JOBS: String(availableParallelism()),
    FLAGS: compilerFlags(tree),
    // Only what we built is to be found, never a library that this machine happens to have.
    PKG_CONFIG_LIBDIR: join(needsDir, 'lib', 'pkgconfig'),
    PKG_CONFIG_PATH: '',
  });
  makeRelocatable(join(out, 'lib', 'pkgconfig'), [out, needsDir]);
  recordOrigin(library, source, tree, join(out, 'share', 'millrace', library.name));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, '..'), { recursive: true });
  renameSync(out, target);
  rmSync(workDir, { recursive: true, force: true });
}

async function runRecipe(recipe, cwd, logFile, environment) {
  const child = spawn('bash', ['-euo', 'pipefail', recipe], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  const log = createWriteStream(logFile);
  child.stderr.pipe(log, { end: false });
  const [outcome] = await Promise.all([exited, pipeline(child.stdout, log, { end: false })]);
  await new Promise((resolve) => log.end(resolve));
  if (outcome === 0) return;
  const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n  ');
  throw new BuildError(`${recipe} failed (${outcome}). The end of ${logFile}:\n  ${tail}`);
}

/** Where the source came from, and the licence texts that a binary made of it must be accompanied by. */
function recordOrigin(library, source, tree, folder) {
  mkdirSync(folder, { recursive: true });
  const origin = { name: library.name, licence: library.licence, ...source };
  writeFileSync(join(folder, 'origin.json'), JSON.stringify(origin, null, 2) + '\n');
  for (const name of readdirSync(tree))
    if (/^(COPYING|LICEN[CS]E|NOTICE)/i.test(name) && statSync(join(tree, name)).isFile())
      copyFileSync(join(tree, name), join(folder, name));
}

/** pkg-config files name the folder they were built for; ours are moved and linked afterwards. */
function makeRelocatable(folder, builtPrefixes) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    let text = readFileSync(join(folder, name), 'utf8');
    for (const prefix of builtPrefixes) text = text.replaceAll(prefix, '${pcfiledir}/../..');
    writeFileSync(join(folder, name), text);
  }
}
