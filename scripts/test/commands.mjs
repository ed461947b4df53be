// How the test stages run commands, and where they keep what they build.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const buildDir = join(root, 'build-native');
export const jobs = availableParallelism();

/** Where scripts/native.mjs works, below `buildDir`. */
export function addonBuildName() {
  const ffmpeg = process.env.MILLRACE_FFMPEG || 'bundled';
  return ffmpeg === 'bundled' ? 'Release' : `Release-${ffmpeg}`;
}

/**
 * Runs a command from the root of the checkout.
 * @param {{ env?: Record<string, string>, quiet?: boolean }} options `quiet` holds the output back
 * @returns {Promise<{ status: number | string, output: string }>} `output` is empty unless `quiet`
 */
export function run(command, args, { env = {}, quiet = false } = {}) {
  return new Promise((resolvePromise) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
      env: { ...process.env, ...env },
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => resolvePromise({ status: error.message, output }));
    child.once('close', (code, signal) => resolvePromise({ status: signal ?? code, output }));
  });
}

/** Runs a command of one of our npm dependencies, from its file. */
export function runBin(file, args, options) {
  return run(process.execPath, [join(root, 'node_modules', file), ...args], options);
}
