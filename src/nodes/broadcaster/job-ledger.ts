import type { BroadcasterMetrics } from '../../observe/broadcaster-metrics.js';
import type { Log } from '../../observe/log.js';
import type { Fault, Progress } from '../../rpc/attempt-event.js';
import type { JobEvent } from './job-events.js';

export interface JobLedgerOptions {
  log: Log;
  metrics: BroadcasterMetrics;
  /** A clock that only goes forward. */
  now: () => number;
}

/** Writes down what becomes of one job: a log line for each event, and the figures. */
export class JobLedger {
  readonly #options: JobLedgerOptions;
  readonly #startedAtMs: number;
  /** By attempt. */
  readonly #pixels = new Map<number, number>();
  #anyByte = false;

  constructor(options: JobLedgerOptions) {
    this.#options = options;
    this.#startedAtMs = options.now();
    options.metrics.jobStarted();
  }

  event(event: JobEvent): void {
    const { log, metrics } = this.#options;
    switch (event.type) {
      case 'accepted':
        metrics.attemptStarted();
        log.info(
          { attempt: event.attempt, orchestrator: event.orchestrator, transcoder: event.transcoder },
          'accepted',
        );
        break;
      case 'started':
        log.info({ attempt: event.attempt, codec: event.source.videoCodec }, 'started');
        break;
      case 'firstFrame':
        if (!this.#anyByte) metrics.firstByte(event.sinceNotificationMs / 1000);
        this.#anyByte = true;
        log.info(
          { attempt: event.attempt, rendition: event.rendition, sinceMs: event.sinceNotificationMs },
          'first frame',
        );
        break;
      case 'progress':
        this.#pixels.set(event.attempt, pixelsOf(event.progress));
        break;
      case 'receipt':
        metrics.receiptTaken();
        break;
      case 'verification': {
        const { type, findings, ...looked } = event;
        metrics.verified(looked.outcome);
        const level = looked.outcome === 'failed' ? 'warn' : 'info';
        log[level]({ ...looked, findings: findings.map(({ code, message }) => `${code}: ${message}`) }, type);
        break;
      }
      case 'warning':
        log.warn({ attempt: event.attempt, code: event.code }, event.message);
        break;
      case 'failover':
        metrics.failover(event.cause.code, classOf(event.cause));
        log.warn({ attempt: event.attempt, ...reason(event.cause) }, 'failover');
        break;
      case 'renditionFailed':
        log.warn({ attempt: event.attempt, rendition: event.rendition, ...reason(event.fault) }, 'rendition failed');
        break;
      case 'renditionFinished':
        log.info({ attempt: event.attempt, rendition: event.rendition }, 'rendition finished');
        break;
      case 'finished':
      case 'cancelled':
        metrics.jobEnded(event.type);
        this.#closed(event.type, {});
        break;
      case 'failed':
        metrics.jobEnded('failed', classOf(event.fault));
        this.#closed(event.type, reason(event.fault));
        break;
      case 'urls':
    }
  }

  #closed(outcome: string, fields: Record<string, unknown>): void {
    const { log, metrics, now } = this.#options;
    const pixels = [...this.#pixels.values()].reduce((sum, count) => sum + count, 0);
    metrics.pixels(pixels);
    const level = outcome === 'failed' ? 'warn' : 'info';
    log[level]({ ...fields, pixels, lastedMs: Math.round(now() - this.#startedAtMs) }, outcome);
  }
}

function pixelsOf({ renditions }: Progress): number {
  return renditions.reduce((sum, { pixelsEncoded }) => sum + pixelsEncoded, 0);
}

function classOf(fault: Fault): string {
  return fault.class.replace('FAULT_CLASS_', '').toLowerCase();
}

function reason(fault: Fault) {
  return { fault: classOf(fault), code: fault.code, stage: fault.stage, reason: fault.message };
}
