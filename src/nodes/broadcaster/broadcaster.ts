import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { MediaServerAdaptor } from '../../media-server/adaptor.js';
import type { BroadcasterMetrics } from '../../observe/broadcaster-metrics.js';
import type { Log } from '../../observe/log.js';
import type { Endpoint } from '../../rpc/endpoint.js';
import { pixelsPerSecond, type Price } from '../../rpc/order.js';
import type { Identity } from '../../rpc/tls.js';
import { withinTime } from '../within-time.js';
import type { AuthWebhook } from './auth-webhook.js';
import type { EvidenceArchive } from './evidence-archive.js';
import { JobEvidence, type BroadcasterTrust } from './job-evidence.js';
import { JobLedger } from './job-ledger.js';
import { JobResponse } from './job-response.js';
import { BroadcastJob } from './job.js';
import { encodersOf, type Ladder } from './ladder.js';
import { NotificationServer } from './notification-server.js';
import { parseNotification, type Notification } from './notification.js';
import type { OrchestratorDirectory } from './orchestrator-directory.js';
import { playUrl, renditionUrl } from './output-urls.js';
import { Problem } from './problem.js';
import type { Purse } from './purse.js';
import { parseSegmentPath } from './segment-path.js';
import { sweepCopiesFolders } from './verification/copies-folder.js';
import { faultOf } from './verification/fault-of.js';
import type { Verification } from './verification/verification.js';
import { mostJobs, Verifications } from './verification/verifications.js';
import { Verifier } from './verification/verifier.js';

export interface BroadcasterOptions {
  /** Where notifications come in. Port 0 takes any free one. */
  endpoint: Endpoint;
  tls?: Identity | undefined;
  directory: OrchestratorDirectory;
  adaptor: MediaServerAdaptor;
  authWebhook?: AuthWebhook | undefined;
  /** What a notification that names no ladder gets. */
  ladder: Ladder;
  maxPrice?: Price | undefined;
  /** How many attempts at a job may fail in a row. */
  maxAttempts: number;
  trust: BroadcasterTrust;
  /** Where tickets, receipts and attestations are kept. Its owner ends it. */
  archive: EvidenceArchive;
  /** The share of windows whose media is looked at, 0 to 1. */
  verifyRate: number;
  /** PEM file with the authorities to trust when that media is fetched. Absent: the system's. */
  mediaCaFile?: string | undefined;
  /** What orchestrators are paid from. Absent: only those do work that ask for nothing. Its owner ends it. */
  purse?: Purse | undefined;
  log: Log;
  metrics: BroadcasterMetrics;
}

/** Takes a media server's notifications, and has each stream transcoded by an orchestrator. */
export class Broadcaster implements AsyncDisposable {
  readonly #options: BroadcasterOptions;
  /** By stream and sequence. */
  readonly #jobs = new Map<string, BroadcastJob>();
  readonly #verifications: Verifications;
  #server: NotificationServer | undefined;
  #draining = false;
  #onIdle: (() => void) | undefined;

  private constructor(options: BroadcasterOptions) {
    this.#options = options;
    this.#verifications = new Verifications(options.verifyRate, new Verifier({ caFile: options.mediaCaFile }));
  }

  /** @throws Error of the system when it cannot listen there, or a certificate cannot be read. */
  static async start(options: BroadcasterOptions): Promise<Broadcaster> {
    await sweepCopiesFolders();
    const broadcaster = new Broadcaster(options);
    broadcaster.#server = await NotificationServer.start({
      endpoint: options.endpoint,
      tls: options.tls,
      adaptor: options.adaptor,
      log: options.log,
      notify: (request, response) => broadcaster.#notify(request, response),
      cancel: (path) => {
        broadcaster.#cancel(path);
      },
      records: (path, records) => (records === 'receipts' ? broadcaster.#bundle(path) : broadcaster.#verified(path)),
      onRefused: ({ status }) => {
        options.metrics.jobRefused(status);
      },
    });
    return broadcaster;
  }

  /** Where it listens. */
  get endpoint(): Endpoint {
    return this.#server?.endpoint ?? this.#options.endpoint;
  }

  /** Whether a notification could become a job now, and if not, why. */
  readiness(): { ready: boolean; reasons: string[] } {
    const reasons = [];
    if (this.#draining) reasons.push('The broadcaster is about to stop.');
    const { known, usable } = this.#options.directory.standing;
    if (known === 0) reasons.push('No orchestrator is known.');
    else if (usable === 0) reasons.push('Every orchestrator is suspended or does not answer.');
    return { ready: reasons.length === 0, reasons };
  }

  /** Takes no more notifications, and resolves when every job has ended or `timeoutMs` is over. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    if (this.#jobs.size === 0) return;
    await withinTime(timeoutMs, new Promise((resolve) => (this.#onIdle = resolve)));
  }

  /** Breaks everything off. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const job of [...this.#jobs.values()]) job.breakOff();
    await this.#server?.[Symbol.asyncDispose]();
    await this.#verifications[Symbol.asyncDispose]();
    await this.#options.directory[Symbol.asyncDispose]();
    await this.#options.adaptor[Symbol.asyncDispose]();
  }

  async #notify(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#mustNotDrain();
    // The path's name, by which it is cancelled; a webhook may have the stream called otherwise.
    const key = keyOf(request.url ?? '');
    const notification = await this.#read(request);
    // The webhook took its time.
    this.#mustNotDrain();
    if (response.destroyed) return;
    if (this.#jobs.has(key)) throw new Problem('job-running', `A job for segment ${key} is running.`);
    const answer = new JobResponse(request, response);
    const jobId = randomUUID();
    const log = this.#options.log.child({ job: jobId, stream: notification.stream, sequence: notification.sequence });
    const ledger = new JobLedger({ log, metrics: this.#options.metrics, now });
    const { directory, adaptor, maxPrice, maxAttempts, trust, archive, metrics, purse } = this.#options;
    const evidence = new JobEvidence(trust, {
      segment: key,
      archive,
      onOtherSource: (attempt, window) => verification?.sourceIsOther(attempt, window),
      onWithheldSource: (attempt) => verification?.sourceIsWithheld(attempt),
    });
    const urls = playUrls(notification);
    const played = new Map(notification.ladder.map(({ name }, index) => [name, urls[index] ?? '']));
    const verification = this.#verifications.job(key, {
      sourceUrl: notification.inputUrl,
      playUrls: played,
      evidence,
      onSource: (attempt, seen) => {
        evidence.saw(attempt, seen);
      },
      onVerification: (looked, orchestrator) => {
        const event = { type: 'verification', ...looked } as const;
        ledger.event(event);
        const isRunning = this.#jobs.get(key) === job;
        if (isRunning) answer.event(event);
        if (looked.outcome === 'failed' && orchestrator !== undefined) this.#distrust(orchestrator, key, looked);
      },
      onDropped: (windows) => {
        metrics.verified('dropped', windows);
      },
    });
    const job = new BroadcastJob({
      jobId,
      notification,
      maxPrice,
      maxAttempts,
      adaptor,
      choose: (tried) => {
        const chosen = directory.choose(needsOf(notification, maxPrice, tried));
        return purse === undefined ? chosen : chosen.map((client) => purse.payingFor(client));
      },
      sign: (order, terms) =>
        evidence.sign(
          order,
          terms,
          order.renditions.map(({ name }) => played.get(name) ?? ''),
        ),
      mayBeCapable: () => directory.mayBeCapable(needsOf(notification, maxPrice, new Set())),
      whyNone: () => directory.whyNone({ maxPrice }),
      accepted: (address, latencyMs) => {
        directory.accepted(address, latencyMs);
      },
      succeeded: (address) => {
        directory.succeeded(address);
      },
      failed: (address, code) => {
        directory.failed(address, code);
      },
      onEvent: (event) => {
        ledger.event(event);
        if (event.type === 'finished' || event.type === 'failed' || event.type === 'cancelled') this.#ended(key);
        const isFirst = event.type === 'accepted' && !response.headersSent;
        answer.event(event);
        if (isFirst) answer.event({ type: 'urls', urls });
        verification?.event(event);
      },
      now,
      later,
    });
    this.#jobs.set(key, job);
    // Whoever notifies keeps the request open for as long as it wants the stream.
    response.once('close', () => {
      if (this.#jobs.get(key) === job) job.breakOff();
    });
    job.start();
  }

  /** @throws Problem */
  #mustNotDrain(): void {
    if (this.#draining) throw new Problem('draining', 'The broadcaster takes no new jobs.');
  }

  async #read(request: IncomingMessage): Promise<Notification> {
    const decided = await this.#authorize(request);
    const header = request.headers['livepeer-transcode-configuration'];
    return parseNotification({
      method: request.method ?? '',
      path: request.url ?? '',
      header: Array.isArray(header) ? header[0] : header,
      decided,
      defaults: this.#options.ladder,
    });
  }

  async #authorize(request: IncomingMessage) {
    const { authWebhook, metrics, tls } = this.#options;
    if (authWebhook === undefined) return undefined;
    const scheme = tls === undefined ? 'http' : 'https';
    const askedAtMs = now();
    try {
      const decided = await authWebhook.authorize(`${scheme}://${request.headers.host ?? ''}${request.url ?? ''}`);
      metrics.webhook('auth', 'allowed', (now() - askedAtMs) / 1000);
      return decided;
    } catch (error) {
      const outcome = error instanceof Problem ? error.code : 'failed';
      metrics.webhook('auth', outcome, (now() - askedAtMs) / 1000);
      throw error;
    }
  }

  #cancel(path: string): void {
    const key = keyOf(path);
    const job = this.#jobs.get(key);
    if (job === undefined) throw new Problem('job-unknown', `No job for segment ${key} is running.`);
    job.cancel();
  }

  #bundle(path: string): Iterable<string> {
    const key = keyOf(path);
    const bundle = this.#options.archive.bundle(key);
    if (bundle === undefined) throw new Problem('receipts-unknown', `No job for segment ${key} is remembered.`);
    return bundle;
  }

  #verified(path: string): Iterable<string> {
    const key = keyOf(path);
    const record = this.#verifications.of(key);
    if (record === undefined)
      throw new Problem(
        'verifications-unknown',
        `No job for segment ${key} is among the last ${mostJobs} since the broadcaster was started.`,
      );
    return [JSON.stringify(record)];
  }

  /** Nothing more is ordered there, and what runs there, and is paid for, goes on elsewhere: all of it. */
  #distrust(orchestrator: string, foundIn: string, looked: Verification): void {
    this.#options.directory.distrusted(orchestrator);
    for (const [key, job] of [...this.#jobs])
      job.distrust(orchestrator, faultOf(looked, { ofAnotherJob: key !== foundIn }));
  }

  #ended(key: string): void {
    this.#jobs.delete(key);
    if (this.#jobs.size === 0) this.#onIdle?.();
  }
}

/** @throws Problem when the path names no segment; such a request does not reach the webhook. */
function keyOf(path: string): string {
  const { stream, sequence } = parseSegmentPath(path);
  return `${stream}/${sequence}`;
}

function needsOf(notification: Notification, maxPrice: Price | undefined, excluded: ReadonlySet<string>) {
  return {
    decoder: notification.videoCodec,
    encoders: encodersOf(notification.ladder),
    pixelsPerSecond: pixelsPerSecond(notification.ladder),
    maxPrice,
    excluded,
  };
}

function playUrls({ outputUrl, ladder, sequence, extension }: Notification): string[] {
  return ladder.map(({ name }) => playUrl(renditionUrl(outputUrl, name, sequence, extension)));
}

function now(): number {
  return performance.now();
}

function later(afterMs: number, then: () => void): () => void {
  const timer = setTimeout(then, afterMs);
  return () => {
    clearTimeout(timer);
  };
}
