// Fetches one library's source: Debian's signed source package first, the upstream tarball by SHA-256 otherwise.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { AptSuiteError, isVersion } from './apt-suite.mjs';

/** No way to a library's source worked; the message lists what was tried. */
export class SourceError extends Error {
  name = 'SourceError';
}

/**
 * @param {object} library an entry of native/deps/manifest.json
 * @param {(suite: string) => import('./apt-suite.mjs').AptSuite} openSuite throws AptSuiteError
 * @param {string} folder where the files go; emptied first
 * @returns {Promise<{ version: string, origin: string, files: { name: string, sha256: string }[] }>}
 */
export async function fetchSource(library, openSuite, folder) {
  const tried = [];
  const { package: sourcePackage, suite: suiteName } = library.source;
  try {
    const suite = openSuite(suiteName);
    const offered = suite.versions(sourcePackage);
    const usable = offered.filter(({ upstream }) => isTested(upstream, library.tested));
    if (usable.length === 0) {
      const seen = offered.map(({ version }) => version).join(', ') || 'nothing';
      tried.push(`${suiteName} offers ${seen}; tested: from ${library.tested.from}, below ${library.tested.below}`);
    }
    for (const { version, upstream } of usable) {
      emptyFolder(folder);
      try {
        const files = suite.download(sourcePackage, version, folder).map((name) => describe(folder, name));
        return { version: upstream, origin: `Debian ${suiteName}: ${sourcePackage} ${version}`, files };
      } catch (error) {
        if (!(error instanceof AptSuiteError)) throw error;
        tried.push(error.message);
      }
    }
  } catch (error) {
    if (!(error instanceof AptSuiteError)) throw error;
    tried.push(error.message);
  }

  const { url, version, ...checksums } = library.upstream;
  emptyFolder(folder);
  try {
    const name = await download(url, checksums, folder);
    return { version, origin: url, files: [describe(folder, name)] };
  } catch (error) {
    tried.push(`${url}: ${error.cause?.message ?? error.message}`);
  }
  throw new SourceError(`The source of ${library.name} could not be had:\n  - ${tried.join('\n  - ')}`);
}

/**
 * Unpacks what fetchSource left in `folder` into `target` (which must not exist), Debian's patches applied, then ours.
 * @param {string[]} patches our own patch files, in order
 */
export function unpackSource(folder, target, patches) {
  const names = readdirSync(folder);
  const description = names.find((name) => name.endsWith('.dsc'));
  if (description) {
    // apt has checked every file against the signed lists; the uploader's own key need not be on this machine.
    run('dpkg-source', ['-q', '--no-check', '-x', join(folder, description), target]);
  } else {
    mkdirSync(target, { recursive: true });
    const tarball = names.find((name) => /\.tar\.(gz|xz|bz2)$/.test(name));
    run('tar', ['-xf', join(folder, tarball), '-C', target, '--strip-components=1']);
  }
  for (const patch of patches) run('patch', ['-d', target, '-p1', '--no-backup-if-mismatch', '-s', '-i', patch]);
}

/** @param {{ sha256?: string, sha512?: string }} checksums what the upstream tarball must have; at least one */
async function download(url, checksums, folder) {
  if (Object.keys(checksums).length === 0) throw new Error('the manifest names no checksum for it');
  const response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const body = Buffer.from(await response.arrayBuffer());
  for (const [algorithm, expected] of Object.entries(checksums)) {
    const actual = createHash(algorithm).update(body).digest('hex');
    if (actual !== expected) throw new Error(`its ${algorithm.toUpperCase()} is ${actual}, not ${expected}`);
  }
  const name = basename(new URL(url).pathname);
  writeFileSync(join(folder, name), body);
  return name;
}

function isTested(version, { from, below }) {
  return isVersion(version, 'ge', from) && isVersion(version, 'lt', below);
}

function describe(folder, name) {
  return {
    name,
    sha256: createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  };
}

function emptyFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

function run(command, args) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new SourceError(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
}
