import { randomUUID } from 'node:crypto';

import type { Log } from '../../observe/log.js';
import type { TranscoderMetrics } from '../../observe/transcoder-metrics.js';
import type { AttemptKey } from '../../rpc/attempt-event.js';
import type { OnCallEnded } from '../../rpc/call-counting.js';
import type { Endpoint } from '../../rpc/endpoint.js';
import type { Hello, Welcome } from '../../rpc/hello.js';
import { pixelsPerSecond as costOf, type ValidOrder } from '../../rpc/order.js';
import type { ClientTls } from '../../rpc/tls.js';
import { devices } from '../../transcoder/devices.js';
import type { Accel } from '../../transcoder/options.js';
import { withinTime } from '../within-time.js';
import { Attempt } from './attempt.js';
import { capabilitiesOf, spreadOver, type Capabilities } from './capabilities.js';
import { OrchestratorLink } from './orchestrator-link.js';
import { measurePixelsPerSecond } from './self-test.js';
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

/**
 * Does the work: dials its orchestrator, takes orders, and has each done by a process of its own that pulls from the
 * media server and pushes to it.
 */
export class TranscoderNode implements AsyncDisposable {
  readonly #options: TranscoderNodeOptions;
  readonly #instanceId = randomUUID();
  readonly #capabilities: Capabilities;
  readonly #pixelsPerSecond: number;
  readonly #pool: WorkerPool;
  readonly #link: OrchestratorLink;
  /** By the job's id: of a job there is one attempt at a time. */
  readonly #attempts = new Map<string, Attempt>();
  #draining = false;
  #onIdle: (() => void) | undefined;

  private constructor(options: TranscoderNodeOptions, capabilities: Capabilities, pixelsPerSecond: number) {
    this.#options = options;
    this.#capabilities = capabilities;
    this.#pixelsPerSecond = pixelsPerSecond;
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
      ...(options.workerEntry !== undefined && { entry: options.workerEntry }),
    });
    this.#report();
  }

  /**
   * Finds out what this machine can do, and dials the orchestrator; it need not be there yet.
   *
   * @throws TranscodeError when this machine cannot transcode at all, and OpenSSL's error when a certificate is none.
   */
  static async start(options: TranscoderNodeOptions, signal: AbortSignal): Promise<TranscoderNode> {
    const report = await devices();
    const accels = spreadOver(report, options.media.accels);
    const capabilities = capabilitiesOf(report, accels);
    const pixelsPerSecond = options.pixelsPerSecond ?? (await measurePixelsPerSecond(accels, signal));
    options.log.info({ pixelsPerSecond, devices: capabilities.devices }, 'capacity');
    return new TranscoderNode({ ...options, media: { ...options.media, accels } }, capabilities, pixelsPerSecond);
  }

  /** Whether an order could be taken now, and if not, why. */
  readiness(): { ready: boolean; reasons: string[] } {
    const reasons = [];
    if (this.#draining) reasons.push('The transcoder is about to stop.');
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
      ...this.#capabilities,
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
    const taken = new Attempt({
      order,
      job: workerJob(order, this.#leastUsedAccel(), this.#options.media, this.#link.progressMs),
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

  #leastUsedAccel(): Accel {
    const { accels } = this.#options.media;
    const users = (accel: Accel) => [...this.#attempts.values()].filter((attempt) => attempt.accel === accel).length;
    return accels.reduce((best, accel) => (users(accel) < users(best) ? accel : best));
  }

  #refusal(order: ValidOrder): { code: string; message: string } | undefined {
    if (this.#draining) return { code: 'DRAINING', message: 'The transcoder is about to stop.' };
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
