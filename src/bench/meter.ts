import { fork, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';

import { entryPoint } from './entry-point.js';
import type { LadderObservation } from './meter-server.js';

/** A running {@link MeterServer} in a process of its own. */
export class Meter {
  /** What the paths of sources and renditions follow. */
  readonly baseUrl: string;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, baseUrl: string) {
    this.#process = child;
    this.baseUrl = baseUrl;
  }

  /** @param source path of an MPEG transport stream. */
  static async start(source: string, signal?: AbortSignal): Promise<Meter> {
    signal?.throwIfAborted();
    const stdio: StdioOptions = ['ignore', 'ignore', 'inherit', 'ipc'];
    const child = fork(entryPoint('meter-process'), [source], { stdio, serialization: 'advanced', signal });
    return new Meter(child, await nextMessage<string>(child));
  }

  sourceUrl(ladder = 0): string {
    return `${this.baseUrl}/${ladder}/source.ts`;
  }

  renditionUrl(rendition: number, ladder = 0): string {
    return `${this.baseUrl}/${ladder}/${rendition}.ts`;
  }

  /** Waits for the uploads that began to end, ends the process, and tells what it saw. Call it at most once. */
  async finish(): Promise<LadderObservation[]> {
    const ladders = nextMessage<LadderObservation[]>(this.#process);
    const exited = once(this.#process, 'exit');
    this.#process.send('finish');
    await Promise.all([ladders, exited]);
    return ladders;
  }

  /** Ends the process without asking; for when the measurement has failed. */
  kill(): void {
    this.#process.kill();
  }
}

/** Rejects when the process ends, or is aborted, without having said anything. */
function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      resolve(message as T);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`The meter ended with ${code ?? signal ?? 'nothing'} before it had told anything.`));
    });
  });
}
