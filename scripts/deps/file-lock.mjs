// One process at a time, across processes: a file that holds the owner's pid. A lock whose owner is gone is taken over.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export class FileLock {
  #path;

  constructor(path) {
    this.#path = path;
  }

  /** @param {(pid: number) => void} onWait called once, when another process holds the lock */
  static async acquire(path, onWait) {
    for (let waiting = false; ;) {
      try {
        writeFileSync(path, String(process.pid), { flag: 'wx' });
        return new FileLock(path);
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const owner = ownerOf(path);
      if (owner !== undefined && !isAlive(owner)) {
        rmSync(path, { force: true });
        continue;
      }
      if (!waiting && owner !== undefined) onWait(owner);
      waiting = true;
      await sleep(500);
    }
  }

  release() {
    rmSync(this.#path, { force: true });
  }
}

function ownerOf(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return pid > 0 ? pid : undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
