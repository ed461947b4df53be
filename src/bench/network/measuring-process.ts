import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { entryPoint } from '../entry-point.js';
import type { Secret } from './loopback-network.js';

/** A program of the benchmark in a process of its own, which says one thing after the other. */
export class MeasuringProcess<Report> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;

  /** @param name of the program, e.g. `network/fleet-process`. */
  constructor(name: string, args: readonly string[], secret: Secret, signal: AbortSignal) {
    signal.throwIfAborted();
    this.#child = fork(entryPoint(name), args, {
      ...{ stdio: ['ignore', 'ignore', 'inherit', 'ipc'], signal, killSignal: 'SIGKILL' },
      env: { ...process.env, ...secret },
    });
    this.#child.on('error', () => undefined); // it also exits
    // Not by `once` of node:events, which an error, such as being aborted, would reject before it is gone.
    this.#gone = new Promise((resolve) => {
      this.#child.once('close', () => {
        resolve();
      });
    });
  }

  /** What it says next. @throws Error when it ends without saying anything */
  report(): Promise<Report> {
    const ended = this.#gone.then(() => {
      throw new Error('A program of the benchmark ended before it had told anything.');
    });
    const said = once(this.#child, 'message') as Promise<[Report]>;
    const report = Promise.race([said, ended]).then(([first]) => first);
    // Whoever has something else to do meanwhile may never come to wait for it.
    report.catch(() => undefined);
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }
}
