// One process at a time, across processes, by flock(1): the kernel lets go of the lock of a process that died, so that
// nobody ever has to take one over, and two cannot do so at once. The file stays, and holds its last owner's pid.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';

export class FileLock {
  #holder;

  constructor(holder) {
    this.#holder = holder;
  }

  /** @param {(pid: number) => void} onWait called once, when another process holds the lock */
  static async acquire(path, onWait) {
    let holder = await hold(path, ['--nonblock']);
    if (holder === undefined) {
      onWait(Number(readFileSync(path, 'utf8')));
      holder = await hold(path, []);
    }
    if (holder === undefined) throw new Error(`The lock ${path} cannot be had: flock failed.`);
    writeFileSync(path, String(process.pid));
    return new FileLock(holder);
  }

  async release() {
    const closed = once(this.#holder, 'close');
    this.#holder.stdin.end();
    await closed;
  }
}

/** A process that has the lock, and keeps it until its standard input ends, which the end of this one does as well. */
async function hold(path, flags) {
  const holder = spawn('flock', [...flags, path, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close').then(() => undefined);
  return Promise.race([ended, once(holder.stdout, 'data').then(() => holder)]);
}
