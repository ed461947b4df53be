import { fileURLToPath } from 'node:url';

import type { TranscoderMetrics } from '../../observe/transcoder-metrics.js';
import type { Accel } from '../../transcoder/options.js';
import { Worker } from './worker.js';

export interface WorkerPoolOptions {
  /** How many idle workers are kept ready. */
  warm: number;
  /** A worker that says nothing for this long is taken for frozen, and killed. */
  silenceLimitMs: number;
  /** A worker that is not ready after this long is taken for frozen as well. Default 20,000. */
  startLimitMs?: number;
  /** The worker's program. Default: the one that transcodes. */
  entry?: string;
  /** Asked at the start of each, what it is to warm up on. Default: whatever there is. */
  warmOn?: () => Accel;
  metrics: TranscoderMetrics;
}

// A long-lived process gathers fragments of memory; a new one costs less than finding out which.
const jobsPerWorker = 500;
const restartDelayMs = 500;
// More idle workers than are to be kept warm are ended when they were not needed for this long.
const surplusKeptMs = 15_000;

/** Worker processes, some of which are always warm: a job does not wait for a process to start. */
export class WorkerPool implements AsyncDisposable {
  readonly #options: WorkerPoolOptions;
  readonly #entry: string;
  readonly #idle: Worker[] = [];
  readonly #starting = new Set<Worker>();
  readonly #all = new Set<Worker>();
  /** Who gets the next worker that is ready. */
  readonly #waiting: ((worker: Worker) => void)[] = [];
  #restart: NodeJS.Timeout | undefined;
  #trim: NodeJS.Timeout | undefined;
  #closing = false;
  #onEmpty: () => void = () => undefined;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#entry =
      options.entry ?? fileURLToPath(new URL('../../../dist/nodes/transcoder/worker-process.js', import.meta.url));
    this.#fill();
  }

  /**
   * A worker that is ready for a job: an idle one at once, or the first that becomes ready.
   *
   * @throws the signal's reason when it is aborted first; none is started for the call then.
   */
  take(signal?: AbortSignal): Promise<Worker> {
    const idle = this.#idle.pop();
    const taken = idle === undefined ? this.#next(signal) : Promise.resolve(idle);
    this.#fill();
    this.#watchSurplus();
    this.#report();
    return taken;
  }

  /** The worker's job has ended, and it can be given another. */
  giveBack(worker: Worker): void {
    if (this.#closing || !this.#all.has(worker)) return;
    if (worker.jobs >= jobsPerWorker) worker.kill();
    else this.#available(worker);
  }

  /** Kills every worker, and resolves when all are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#restart);
    clearTimeout(this.#trim);
    const empty = new Promise<void>((resolve) => (this.#onEmpty = resolve));
    if (this.#all.size === 0) return;
    for (const worker of this.#all) worker.kill();
    await empty;
  }

  #next(signal: AbortSignal | undefined): Promise<Worker> {
    return new Promise((resolve, reject) => {
      const receive = (worker: Worker): void => {
        signal?.removeEventListener('abort', forgo);
        resolve(worker);
      };
      const forgo = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(receive), 1);
        reject(signal?.reason as Error);
      };
      this.#waiting.push(receive);
      signal?.addEventListener('abort', forgo, { once: true });
    });
  }

  #fill(): void {
    const wanted = this.#options.warm + this.#waiting.length;
    while (!this.#closing && this.#restart === undefined && this.#idle.length + this.#starting.size < wanted)
      this.#start();
  }

  #start(): void {
    const { silenceLimitMs, startLimitMs = 20_000, warmOn } = this.#options;
    const program = { entry: this.#entry, ...(warmOn && { warmOn: warmOn() }) };
    let worker: Worker;
    try {
      worker = new Worker(program, { silenceLimitMs, startLimitMs }, () => {
        this.#gone(worker);
      });
    } catch {
      // The system has no memory for a process; attempts that wait for one say so.
      this.#fillLater();
      return;
    }
    this.#all.add(worker);
    this.#starting.add(worker);
    void worker.ready.then(() => {
      this.#starting.delete(worker);
      this.#available(worker);
    });
  }

  #available(worker: Worker): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(worker);
    else next(worker);
    this.#watchSurplus();
    this.#report();
  }

  /** A stream's next segment finds the worker of the last one here, and no new one has to be started for it. */
  #watchSurplus(): void {
    if (this.#surplus <= 0) {
      clearTimeout(this.#trim);
      this.#trim = undefined;
    } else
      this.#trim ??= setTimeout(() => {
        this.#trim = undefined;
        // The most recent one is taken first, so those in front have waited longest.
        for (const worker of this.#idle.splice(0, Math.max(0, this.#surplus))) worker.kill();
      }, surplusKeptMs);
  }

  get #surplus(): number {
    return this.#idle.length - Math.max(1, this.#options.warm);
  }

  #gone(worker: Worker): void {
    const neverReady = this.#starting.delete(worker);
    this.#all.delete(worker);
    const index = this.#idle.indexOf(worker);
    if (index >= 0) this.#idle.splice(index, 1);
    this.#report();
    if (this.#closing) {
      if (this.#all.size === 0) this.#onEmpty();
      return;
    }
    if (neverReady) this.#fillLater();
    else this.#fill();
  }

  /** One that cannot even start would otherwise be started again without end, as fast as the machine can. */
  #fillLater(): void {
    this.#restart ??= setTimeout(() => {
      this.#restart = undefined;
      this.#fill();
    }, restartDelayMs);
  }

  #report(): void {
    const idle = this.#idle.length;
    this.#options.metrics.workers({ idle, busy: this.#all.size - idle - this.#starting.size });
  }
}
