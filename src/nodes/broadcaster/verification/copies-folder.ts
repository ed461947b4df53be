import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'millrace-verification-';

/** Makes a folder for the copies of one look, in the system's temporary one. Its name says whose it is. */
export function makeCopiesFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), `${prefix}${machine()}-${process.pid}-${startedAt}-`));
}

/**
 * Removes the folders of nodes that were killed. Those of other machines, containers and users that share the temporary
 * folder are left alone, since nobody here can tell whether they run.
 */
export async function sweepCopiesFolders(folder = tmpdir()): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    // What cannot be removed is somebody else's.
    if (isAbandoned(name)) await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

// In a container a node has the same number every time.
const startedAt = Math.round(performance.timeOrigin).toString(36);

function isAbandoned(name: string): boolean {
  const [, where, digits = '', began] = /^millrace-verification-([0-9a-f]{8})-(\d+)-([0-9a-z]+)-/.exec(name) ?? [];
  if (where !== machine()) return false;
  const pid = Number(digits);
  return pid === process.pid ? began !== startedAt : !isRunning(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Where numbers of processes mean the same as here. */
function machine(): string {
  return createHash('sha256').update(`${hostname()} ${pidNamespace()}`).digest('hex').slice(0, 8);
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
