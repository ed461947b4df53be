import { fork, type ChildProcess } from 'node:child_process';

import type { Accel } from '../../transcoder/options.js';
import { harmlessEnvironment } from '../harmless-environment.js';
import type { WorkerJob, WorkerReport, WorkerRequest } from './worker-messages.js';

/** What becomes of a worker's job, by way of whoever gave it. */
export interface WorkerListener {
  onReport(report: Extract<WorkerReport, { type: 'event' | 'ended' }>): void;
  /** The process ended by itself, or did not answer and was ended; nothing follows. */
  onLost(cause: 'crashed' | 'frozen', detail: string): void;
}

export interface WorkerLimits {
  /** A process that has a job and says nothing for this long is killed. */
  silenceLimitMs: number;
  /** Likewise one that is not ready for a job after this long. */
  startLimitMs: number;
}

/** Which program a worker runs, and what it is told at its start. */
export interface WorkerProgram {
  /** `worker-process.js`. */
  entry: string;
  /** What it warms up on. Absent: whatever there is. */
  warmOn?: Accel;
}

const beatEveryMs = 250;

/** One worker process, from its start to its end. It is given one job at a time. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #beat: NodeJS.Timeout;
  readonly #limits: WorkerLimits;
  readonly #startedAtMs = performance.now();
  readonly #onExit: () => void;
  #heardAtMs = performance.now();
  #listener: WorkerListener | undefined;
  #isReady!: () => void;
  #wasReady = false;
  #hasExited = false;
  #frozen = false;
  #jobs = 0;

  /** Resolves when a job can be given; never, when the process ends before. */
  readonly ready = new Promise<void>((resolve) => {
    this.#isReady = resolve;
  });

  /**
   * @param onExit called once, when the process is gone
   * @throws Error of the system when it has no room for a process at all.
   */
  constructor({ entry, warmOn }: WorkerProgram, limits: WorkerLimits, onExit: () => void) {
    this.#limits = limits;
    this.#onExit = onExit;
    this.#child = fork(entry, warmOn === undefined ? [] : [warmOn], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
      env: harmlessEnvironment(),
    });
    this.#child.on('message', (report: WorkerReport) => {
      this.#heard(report);
    });
    this.#child.on('error', () => {
      // One that could not even be started has no exit; what could not be told something has.
      if (this.#child.pid === undefined) this.#exited(null, null);
    });
    this.#child.once('exit', (code, signal) => {
      this.#exited(code, signal);
    });
    this.#beat = setInterval(() => {
      this.#watch();
    }, beatEveryMs);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How many jobs it was given so far. */
  get jobs(): number {
    return this.#jobs;
  }

  run(job: WorkerJob, leaseMs: number, listener: WorkerListener): void {
    this.#listener = listener;
    this.#jobs += 1;
    this.#heardAtMs = performance.now();
    this.#tell({ type: 'run', job, leaseMs });
  }

  /** Ends the source here; `ended` follows when the outputs are finished. */
  stop(): void {
    this.#tell({ type: 'stop' });
  }

  /** Breaks the job off; `ended` follows. */
  cancel(): void {
    this.#tell({ type: 'cancel' });
  }

  /** Ends the process, whatever it is at. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #heard(report: WorkerReport): void {
    this.#heardAtMs = performance.now();
    switch (report.type) {
      case 'ready':
        this.#wasReady = true;
        this.#isReady();
        break;
      case 'event':
        this.#listener?.onReport(report);
        break;
      case 'ended': {
        const listener = this.#listener;
        this.#listener = undefined;
        listener?.onReport(report);
        break;
      }
      case 'beat':
    }
  }

  #watch(): void {
    this.#tell({ type: 'beat' });
    const { silenceLimitMs, startLimitMs } = this.#limits;
    const nowMs = performance.now();
    // It beats while it warms up in a driver that hangs.
    if (!this.#wasReady && nowMs - this.#startedAtMs >= startLimitMs) this.kill();
    if (this.#listener === undefined || nowMs - this.#heardAtMs < silenceLimitMs) return;
    this.#frozen = true;
    this.kill();
  }

  #tell(request: WorkerRequest): void {
    if (this.#child.connected) this.#child.send(request);
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#hasExited) return;
    this.#hasExited = true;
    clearInterval(this.#beat);
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onLost(this.#frozen ? 'frozen' : 'crashed', signal ?? `exit code ${code ?? 'unknown'}`);
    this.#onExit();
  }
}
