import type { Log } from '../../observe/log.js';
import type { TranscoderMetrics } from '../../observe/transcoder-metrics.js';
import { FaultClass, type AttemptEventBody, type Fault, type Progress } from '../../rpc/attempt-event.js';
import { pixelsPerSecond, type ValidOrder } from '../../rpc/order.js';
import { TranscodeError } from '../../transcoder/error.js';
import { nodeFault, toFault } from '../fault.js';
import type { DevicePlace } from './devices/device-place.js';
import { wireEvent, wireProgress } from './wire-events.js';
import type { WorkerJob, WorkerReport } from './worker-messages.js';
import type { WorkerPool } from './worker-pool.js';
import type { Worker } from './worker.js';

export interface AttemptOptions {
  order: ValidOrder;
  job: WorkerJob;
  /** On which device the job is; hears how it goes, and that it is over. */
  place: Pick<DevicePlace, 'heard' | 'hung' | 'ended'>;
  /** How long the node may go unheard by the worker. */
  leaseMs: number;
  pool: WorkerPool;
  log: Log;
  metrics: TranscoderMetrics;
  /** Hears everything that happens, `ended` last and once. */
  onEvent: (event: AttemptEventBody) => void;
}

// A warm worker is there at once, and a new one in a fraction of a second; this is for a machine that can start none.
const workerTimeoutMs = 5000;
// A worker that is told to break off does so in milliseconds; this is for one that hangs in a codec.
const cancelTimeoutMs = 2000;

/** One attempt at a transcoder: a worker that has the job, and what it tells. */
export class Attempt {
  readonly order: ValidOrder;
  readonly pixelsPerSecond: number;
  readonly #options: AttemptOptions;
  readonly #metricsKey: string;
  /** Aborted when it ends: no worker is waited for any more. */
  readonly #waiting = new AbortController();
  #worker: Worker | undefined;
  #wanted: 'run' | 'stop' | 'cancel' = 'run';
  #latest: Progress | undefined;
  #timestampBaseUs: number | undefined;
  #framesDropped = 0;
  #killer: NodeJS.Timeout | undefined;
  #giveUp: NodeJS.Timeout | undefined;
  #over = false;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.order = options.order;
    this.pixelsPerSecond = pixelsPerSecond(options.order.renditions);
    this.#metricsKey = `${options.order.jobId}/${options.order.attempt}`;
    options.metrics.attemptStarted();
    void this.#start();
  }

  /** Ends the source here; `ended` follows when the outputs are finished. */
  stop(): void {
    if (this.#wanted !== 'run') return;
    this.#wanted = 'stop';
    this.#worker?.stop();
  }

  /** Breaks everything off; `ended` follows at once. */
  cancel(): void {
    if (this.#wanted === 'cancel' || this.#over) return;
    this.#wanted = 'cancel';
    this.#worker?.cancel();
    const worker = this.#worker;
    if (worker !== undefined)
      this.#killer = setTimeout(() => {
        this.#options.place.hung();
        worker.kill();
      }, cancelTimeoutMs);
    this.#end(nodeFault(FaultClass.FAULT_CLASS_CANCELLED, 'CANCELLED', 'The attempt was cancelled.'));
  }

  async #start(): Promise<void> {
    const { pool, job, place, leaseMs } = this.#options;
    this.#giveUp = setTimeout(() => {
      this.#wanted = 'cancel';
      this.#end(nodeFault(FaultClass.FAULT_CLASS_TRANSCODER, 'WORKER_FROZEN', 'No worker process became ready.'));
    }, workerTimeoutMs);
    let worker: Worker;
    try {
      worker = await pool.take(this.#waiting.signal);
    } catch {
      return;
    }
    clearTimeout(this.#giveUp);
    if (this.#wanted === 'cancel') {
      pool.giveBack(worker);
      return;
    }
    this.#worker = worker;
    worker.run(job, leaseMs, {
      onReport: (report) => {
        if (report.type === 'event') {
          place.heard(report.event);
          this.#event(report);
        } else {
          place.ended(report.error?.code);
          this.#ended(worker, report);
        }
      },
      onLost: (cause, detail) => {
        if (cause === 'frozen') place.hung();
        place.ended();
        this.#lost(cause, detail);
      },
    });
    if (this.#wanted === 'stop') worker.stop();
  }

  #event({ event }: Extract<WorkerReport, { type: 'event' }>): void {
    if (this.#over) return;
    const body = wireEvent(event);
    if (body.$case === 'started') this.#timestampBaseUs = body.value.timestampBaseUs;
    if (body.$case === 'progress') this.#measure(body.value);
    this.#options.onEvent(body);
  }

  #measure(progress: Progress): void {
    const { metrics } = this.#options;
    this.#latest = progress;
    metrics.realTimeRatio(this.#metricsKey, progress.realTimeRatio);
    for (const { name, latency } of progress.renditions)
      if (latency) metrics.frameLatency(`${this.#metricsKey}/${name}`, latency.buckets);
    const dropped = progress.renditions.reduce((sum, { framesDropped }) => sum + framesDropped, 0);
    metrics.framesDropped(dropped - this.#framesDropped);
    this.#framesDropped = dropped;
  }

  #ended(worker: Worker, { error, progress }: Extract<WorkerReport, { type: 'ended' }>): void {
    clearTimeout(this.#killer);
    this.#options.pool.giveBack(worker);
    if (progress !== undefined && !this.#over) this.#measure(wireProgress(progress));
    if (error === undefined) {
      this.#end(this.#wanted === 'run' ? this.#shortfall() : undefined);
      return;
    }
    const { message, ...details } = error;
    this.#end(toFault(new TranscodeError(message, details)));
  }

  /** A source that said it is over long before it should be. */
  #shortfall(): Fault | undefined {
    const lastUs = this.#latest?.lastSourceTimestampUs;
    const { durationMs } = this.order;
    if (durationMs === 0 || lastUs === undefined || this.#timestampBaseUs === undefined) return undefined;
    const lengthMs = (lastUs - this.#timestampBaseUs) / 1000;
    if (lengthMs >= durationMs * 0.9 - 1000) return undefined;
    return nodeFault(
      FaultClass.FAULT_CLASS_SOURCE,
      'SOURCE_ENDED_EARLY',
      `The source ended after ${(lengthMs / 1000).toFixed(1)} s of the ${(durationMs / 1000).toFixed(1)} s announced.`,
    );
  }

  #lost(cause: 'crashed' | 'frozen', detail: string): void {
    clearTimeout(this.#killer);
    if (this.#over) return; // it was killed because it did not end
    this.#options.metrics.workerCrashed();
    this.#end(
      cause === 'crashed'
        ? nodeFault(FaultClass.FAULT_CLASS_TRANSCODER, 'WORKER_CRASHED', `The worker process crashed (${detail}).`)
        : nodeFault(FaultClass.FAULT_CLASS_TRANSCODER, 'WORKER_FROZEN', 'The worker process did not answer.'),
    );
  }

  #end(fault: Fault | undefined): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#giveUp);
    this.#waiting.abort();
    const { metrics, log, place, onEvent } = this.#options;
    // With one, the job is over only when its worker says so.
    if (this.#worker === undefined) place.ended();
    metrics.forget(this.#metricsKey);
    if (fault === undefined) metrics.attemptEnded('finished');
    else if (fault.class === FaultClass.FAULT_CLASS_CANCELLED) metrics.attemptEnded('cancelled');
    else metrics.attemptEnded('failed', fault.class.replace('FAULT_CLASS_', '').toLowerCase());
    log.info(
      fault === undefined ? {} : { code: fault.code, stage: fault.stage, reason: fault.message },
      fault === undefined ? 'attempt finished' : 'attempt ended',
    );
    onEvent({ $case: 'ended', value: { ...(fault && { fault }), ...(this.#latest && { progress: this.#latest }) } });
  }
}
