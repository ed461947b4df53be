import { randomUUID } from 'node:crypto';

import type { Log } from '../../observe/log.js';
import type { TranscoderMetrics } from '../../observe/transcoder-metrics.js';
import type { AttemptKey } from '../../rpc/attempt-event.js';
import type { OnCallEnded } from '../../rpc/call-counting.js';
import type { Endpoint } from '../../rpc/endpoint.js';
import type { Hello, Welcome } from '../../rpc/hello.js';
import { pixelsPerSecond as costOf, type ValidOrder } from '../../rpc/order.js';
import type { ClientTls } from '../../rpc/tls.js';
import { accelChoice } from '../../transcoder/accel.js';
import { deviceStatus } from '../../transcoder/device-status.js';
import { devices, type DeviceReport } from '../../transcoder/devices.js';
import { withinTime } from '../within-time.js';
import { Attempt } from './attempt.js';
import { capabilitiesOf } from './capabilities.js';
import { Capacity } from './capacity.js';
import { NodeDevices, cardsFor } from './devices/node-devices.js';
import { OrchestratorLink } from './orchestrator-link.js';
import { measureMachine } from './self-test.js';
import { workerJob, type MediaOptions } from './worker-job.js';
import { WorkerPool } from './worker-pool.js';

export interface TranscoderNodeOptions {
  /** What its operator calls it. */
  name: string;
  version: string;
  orchestrator: Endpoint;
  tls: ClientTls;
  /** What the orchestrator asks for. Absent: a client certificate proves who this is. */
  secret?: string | undefined;
  media: MediaOptions;
  /** Attempts at a time. `auto`: as many as the pixels allow. */
  maxSessions: number | 'auto';
  /** Absent: measured at the start. */
  pixelsPerSecond?: number | undefined;
  /** Idle worker processes kept ready. */
  warmWorkers: number;
  /** The workers' program. Default: the one that transcodes. */
  workerEntry?: string;
  log: Log;
  metrics: TranscoderMetrics;
  /** Default: nobody hears. */
  onCallEnded?: OnCallEnded | undefined;
}

const workerSilenceLimitMs = 1500;

/** What a machine turned out to be. */
interface Machine {
  report: DeviceReport;
  capacity: Capacity;
}

/**
 * Does the work: dials its orchestrator, takes orders, and has each done by a process of its own that pulls from the
 * media server and pushes to it.
 */
export class TranscoderNode implements AsyncDisposable {
  readonly #options: TranscoderNodeOptions;
  readonly #instanceId = randomUUID();
  readonly #machine: Machine;
  readonly #devices: NodeDevices;
  readonly #pool: WorkerPool;
  readonly #link: OrchestratorLink;
  /** By the job's id: of a job there is one attempt at a time. */
  readonly #attempts = new Map<string, Attempt>();
  #draining = false;
  #onIdle: (() => void) | undefined;

  private constructor(options: TranscoderNodeOptions, machine: Machine) {
    this.#options = options;
    this.#machine = machine;
    this.#devices = new NodeDevices({
      accel: options.media.accel,
      gpus: machine.report.gpus,
      log: options.log,
      metrics: options.metrics.devices,
      status: deviceStatus,
      now: () => performance.now(),
      onServiceChanged: () => {
        this.#report();
        this.#link.renew();
      },
    });
    this.#link = new OrchestratorLink(
      {
        endpoint: options.orchestrator,
        tls: options.tls,
        secret: options.secret,
        log: options.log,
        onCallEnded: options.onCallEnded,
      },
      {
        hello: () => this.#hello(),
        isAtWork: () => this.#attempts.size > 0,
        onWelcome: (welcome) => {
          this.#welcomed(welcome);
        },
        onOrder: (order) => {
          this.#take(order);
        },
        onRevoke: ({ jobId, attempt }, finish) => {
          const revoked = this.#attempts.get(jobId);
          if (revoked?.order.attempt !== attempt) return;
          if (finish) revoked.stop();
          else revoked.cancel();
        },
        onLeaseLost: () => {
          options.log.warn({ attempts: this.#attempts.size }, 'the orchestrator is silent: everything stops');
          for (const attempt of this.#attempts.values()) attempt.cancel();
        },
        onConnected: (isConnected) => {
          options.metrics.connected(isConnected);
        },
      },
    );
    // Behind what may throw: its processes would be nobody's.
    this.#pool = new WorkerPool({
      warm: options.warmWorkers,
      silenceLimitMs: workerSilenceLimitMs,
      metrics: options.metrics,
      warmOn: () => this.#devices.warmOn(),
      ...(options.workerEntry !== undefined && { entry: options.workerEntry }),
    });
    const { devices: names } = capabilitiesOf(machine.report, this.#gpusInService);
    options.log.info({ pixelsPerSecond: this.#pixelsPerSecond, devices: names }, 'capacity');
    this.#report();
  }

  /**
   * Finds out what this machine can do, and dials the orchestrator; it need not be there yet.
   *
   * @throws TranscodeError when this machine cannot transcode at all, and OpenSSL's error when a certificate is none.
   */
  static async start(options: TranscoderNodeOptions, signal: AbortSignal): Promise<TranscoderNode> {
    const { accel } = options.media;
    const { kind, devices: named } = accelChoice(accel, 'accel');
    const report = await devices();
    const found = cardsFor(accel, report.gpus).map(({ index }) => index);
    for (const missing of named.filter((index) => !found.includes(index)))
      options.log.warn({ device: `nvidia:${missing}` }, 'there is no such GPU, or it cannot be opened');
    if (options.pixelsPerSecond !== undefined) {
      const capacity = Capacity.given(options.pixelsPerSecond, found, kind !== 'nvidia');
      return new TranscoderNode(options, { report, capacity });
    }
    const measured = await measureMachine(accel, found, signal);
    for (const [index, error] of measured.problems)
      options.log.error({ device: `nvidia:${index}`, err: error }, 'the GPU fails the self-test, and is not used');
    const gpus = report.gpus.filter(({ index }) => !measured.problems.has(index));
    return new TranscoderNode(options, { report: { ...report, gpus }, capacity: Capacity.measured(measured) });
  }

  /** Whether an order could be taken now, and if not, why. */
  readiness(): { ready: boolean; reasons: string[] } {
    const reasons = [];
    if (this.#draining) reasons.push('The transcoder is about to stop.');
    if (!this.#devices.takesJobs) reasons.push('No GPU is in service.');
    if (!this.#link.isConnected) reasons.push('There is no connection to the orchestrator.');
    return { ready: reasons.length === 0, reasons };
  }

  /**
   * Takes no more orders, and hands over what has no end. Resolves when nothing is running any more, or `timeoutMs` is
   * over.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    this.#link.draining();
    if (this.#attempts.size === 0) return;
    await withinTime(timeoutMs, new Promise((resolve) => (this.#onIdle = resolve)));
  }

  /** Breaks everything off. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const attempt of this.#attempts.values()) attempt.cancel();
    this.#link[Symbol.dispose]();
    await this.#pool[Symbol.asyncDispose]();
  }

  #hello(): Hello {
    const { name, version, maxSessions } = this.#options;
    return {
      instanceId: this.#instanceId,
      name,
      version,
      pixelsPerSecond: this.#pixelsPerSecond,
      maxSessions: maxSessions === 'auto' ? 0 : maxSessions,
      ...capabilitiesOf(this.#machine.report, this.#gpusInService),
      running: [...this.#attempts.values()].map(({ order: { jobId, attempt } }) => ({ jobId, attempt })),
    };
  }

  #welcomed({ revoked }: Welcome): void {
    for (const { jobId, attempt } of revoked) {
      const replaced = this.#attempts.get(jobId);
      if (replaced?.order.attempt === attempt) replaced.cancel();
    }
    if (this.#draining) this.#link.draining();
  }

  #take(order: ValidOrder): void {
    const { jobId, attempt } = order;
    const key: AttemptKey = { jobId, attempt };
    const log = this.#options.log.child({ job: jobId, attempt, stream: order.stream });
    const refusal = this.#refusal(order);
    if (refusal !== undefined) {
      log.info({ code: refusal.code }, 'refused');
      this.#link.refuse(key, refusal.code, refusal.message);
      return;
    }
    this.#attempts.get(jobId)?.cancel();
    const place = this.#devices.place({
      pixelsPerSecond: costOf(order.renditions),
      renditions: order.renditions.length,
    });
    const taken = new Attempt({
      order,
      place,
      job: workerJob(order, place.accel, this.#options.media, this.#link.progressMs),
      leaseMs: this.#link.leaseMs,
      pool: this.#pool,
      log,
      metrics: this.#options.metrics,
      onEvent: (event) => {
        if (event.$case === 'ended') this.#ended(taken);
        this.#link.event(key, event);
      },
    });
    this.#attempts.set(jobId, taken);
    this.#link.accept(key);
    log.info('taken on');
    this.#report();
  }

  #refusal(order: ValidOrder): { code: string; message: string } | undefined {
    if (this.#draining) return { code: 'DRAINING', message: 'The transcoder is about to stop.' };
    if (!this.#devices.takesJobs) return { code: 'FULL', message: 'None of the GPUs of the transcoder is in service.' };
    const { maxSessions } = this.#options;
    const free = this.#pixelsPerSecond - this.#busyPixelsPerSecond;
    const isFull =
      (maxSessions !== 'auto' && this.#attempts.size >= maxSessions) ||
      (this.#attempts.size > 0 && costOf(order.renditions) > free);
    return isFull ? { code: 'FULL', message: 'The transcoder has as much to do as it can.' } : undefined;
  }

  #ended(attempt: Attempt): void {
    const { jobId } = attempt.order;
    if (this.#attempts.get(jobId) === attempt) this.#attempts.delete(jobId);
    this.#report();
    if (this.#attempts.size === 0) this.#onIdle?.();
  }

  get #pixelsPerSecond(): number {
    return this.#machine.capacity.of(this.#devices.inService);
  }

  get #gpusInService(): DeviceReport['gpus'] {
    const inService = new Set(this.#devices.inService);
    return this.#machine.report.gpus.filter(({ index }) => inService.has(index));
  }

  get #busyPixelsPerSecond(): number {
    let sum = 0;
    for (const { pixelsPerSecond } of this.#attempts.values()) sum += pixelsPerSecond;
    return sum;
  }

  #report(): void {
    const { metrics, maxSessions } = this.#options;
    metrics.capacity({
      pixelsPerSecond: this.#pixelsPerSecond,
      busyPixelsPerSecond: this.#busyPixelsPerSecond,
      sessions: maxSessions === 'auto' ? Infinity : maxSessions,
      runningSessions: this.#attempts.size,
    });
  }
}
