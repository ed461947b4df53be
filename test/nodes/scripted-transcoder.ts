import { once, EventEmitter } from 'node:events';

import { OrchestratorLink } from '../../src/nodes/transcoder/orchestrator-link.js';
import type { AttemptEventBody, AttemptKey, Fault } from '../../src/rpc/attempt-event.js';
import type { Endpoint } from '../../src/rpc/endpoint.js';
import { VideoCodec, type ValidOrder } from '../../src/rpc/order.js';
import { silentLog } from './silent-log.js';

export interface ScriptedTranscoderOptions {
  secret?: string;
  pixelsPerSecond?: number;
  maxSessions?: number;
  /** What becomes of an order. Default: it is taken on. */
  onOrder?: (order: ValidOrder, transcoder: ScriptedTranscoder) => void;
}

/** A transcoder without workers, over a real connection: what it does and tells, the test says. */
export class ScriptedTranscoder extends EventEmitter<Record<'changed', []>> implements Disposable {
  readonly orders: ValidOrder[] = [];
  readonly revoked: (AttemptKey & { finish: boolean })[] = [];
  readonly running = new Map<string, AttemptKey>();
  readonly link: OrchestratorLink;
  readonly name: string;
  /** How often it was let in. */
  connections = 0;
  /** Attempts it was at when its lease ran out. */
  readonly leasesLost: AttemptKey[] = [];

  constructor(name: string, endpoint: Endpoint, options: ScriptedTranscoderOptions = {}) {
    super();
    this.name = name;
    const { secret = 'secret', pixelsPerSecond = 1_000_000_000, maxSessions = 0, onOrder } = options;
    this.link = new OrchestratorLink(
      { endpoint, tls: {}, secret, log: silentLog },
      {
        hello: () => ({
          instanceId: name,
          name,
          version: '1.0.0',
          pixelsPerSecond,
          maxSessions,
          decoders: ['h264'],
          encoders: [VideoCodec.VIDEO_CODEC_H264],
          devices: ['cpu'],
          running: [...this.running.values()],
        }),
        isAtWork: () => this.running.size > 0,
        onWelcome: ({ revoked }) => {
          this.connections += 1;
          for (const { jobId } of revoked) this.running.delete(jobId);
          this.emit('changed');
        },
        onOrder: (order) => {
          this.orders.push(order);
          if (onOrder === undefined) this.accept(order);
          else onOrder(order, this);
          this.emit('changed');
        },
        onRevoke: ({ jobId, attempt }, finish) => {
          this.revoked.push({ jobId, attempt, finish });
          if (this.running.get(jobId)?.attempt === attempt && !finish) this.running.delete(jobId);
          this.emit('changed');
        },
        onLeaseLost: () => {
          this.leasesLost.push(...this.running.values());
          this.running.clear();
          this.emit('changed');
        },
        onConnected: () => {
          this.emit('changed');
        },
      },
    );
  }

  accept({ jobId, attempt }: AttemptKey): void {
    this.running.set(jobId, { jobId, attempt });
    this.link.accept({ jobId, attempt });
  }

  tell({ jobId, attempt }: AttemptKey, event: AttemptEventBody): void {
    this.link.event({ jobId, attempt }, event);
  }

  end(key: AttemptKey, fault?: Fault): void {
    this.running.delete(key.jobId);
    this.tell(key, { $case: 'ended', value: fault === undefined ? {} : { fault } });
  }

  /** Resolves when what is looked for has come about. */
  async until(condition: (transcoder: this) => boolean): Promise<void> {
    while (!condition(this)) await once(this, 'changed');
  }

  /** Resolves with the order that came at this place, counted from 0. */
  async order(index = 0): Promise<ValidOrder> {
    await this.until(({ orders }) => orders.length > index);
    const order = this.orders[index];
    if (order === undefined) throw new Error('unreachable: it has come');
    return order;
  }

  [Symbol.dispose](): void {
    this.link[Symbol.dispose]();
  }
}
