import { FaultClass } from '../../rpc/attempt-event.js';
import type { Hello } from '../../rpc/hello.js';
import { pixelsPerSecond, type ValidOrder } from '../../rpc/order.js';
import { nodeFault, type NodeFaultCode } from '../fault.js';
import { chooseTranscoder, type Choice, type Needs } from './choose-transcoder.js';
import { ConnectedTranscoder, type Send } from './connected-transcoder.js';
import type { Health } from './health.js';

export interface FleetOptions {
  /** How long a transcoder that is at work may say nothing. */
  stallTimeoutMs: number;
  /** How often one that is at work hears from us, at least. */
  heartbeatMs: number;
  /** How long one whose connection broke is waited for. */
  reconnectGraceMs: number;
  /** A clock that only goes forward. */
  now: () => number;
  /** One that is gone: left by itself, not back in time, or silent while it had work. */
  onLost: (transcoder: ConnectedTranscoder, cause: LossCause) => void;
}

export type LossCause = 'disconnected' | 'silent' | 'drained';

/** What the fleet can do as a whole. */
export interface FleetCapacity {
  transcoders: number;
  pixelsPerSecond: number;
  busyPixelsPerSecond: number;
  /** Of those that take any attempt more. */
  freePixelsPerSecond: number;
  /** Infinity when only pixels limit them. */
  freeSessions: number;
  decoders: ReadonlySet<string>;
  encoders: ConnectedTranscoder['encoders'];
}

// What a failure is worth after five minutes.
const forgottenPenalty = 1 / 32;

/** All transcoders of an orchestrator. Knows who is there; tells the jobs of those that are not any more. */
export class Fleet {
  readonly #options: FleetOptions;
  /** By instance id. */
  readonly #transcoders = new Map<string, ConnectedTranscoder>();
  /** By name, of those that are gone: one that crashes comes back as another process, and is no better for it. */
  readonly #formerHealth = new Map<string, Health>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** The transcoder that says hello: the one that is expected back, or a new one. */
  welcome(hello: Hello): ConnectedTranscoder {
    const known = this.#transcoders.get(hello.instanceId);
    if (known !== undefined) {
      known.says(hello);
      return known;
    }
    const transcoder = new ConnectedTranscoder(hello, this.#options.now, this.#formerHealth.get(hello.name));
    this.#formerHealth.delete(hello.name);
    this.#transcoders.set(hello.instanceId, transcoder);
    return transcoder;
  }

  choose(order: ValidOrder, except: ReadonlySet<ConnectedTranscoder>): Choice<ConnectedTranscoder> {
    const candidates: ConnectedTranscoder[] = [];
    for (const transcoder of this.#transcoders.values()) {
      if (transcoder.isConnected && !transcoder.silent && !except.has(transcoder)) candidates.push(transcoder);
    }
    return chooseTranscoder(candidates, needsOf(order));
  }

  capacity(): FleetCapacity {
    const decoders = new Set<string>();
    const encoders = new Set<ConnectedTranscoder['encoders'] extends ReadonlySet<infer Codec> ? Codec : never>();
    const sum = {
      transcoders: 0,
      pixelsPerSecond: 0,
      busyPixelsPerSecond: 0,
      freePixelsPerSecond: 0,
      freeSessions: 0,
      decoders,
      encoders,
    };
    for (const transcoder of this.#transcoders.values()) {
      if (!transcoder.isConnected || transcoder.draining || transcoder.silent) continue;
      sum.transcoders += 1;
      sum.pixelsPerSecond += transcoder.pixelsPerSecond;
      const busy = Math.min(transcoder.busyPixelsPerSecond, transcoder.pixelsPerSecond);
      sum.busyPixelsPerSecond += busy;
      if (transcoder.freeSessions > 0) sum.freePixelsPerSecond += transcoder.pixelsPerSecond - busy;
      sum.freeSessions += transcoder.freeSessions;
      for (const decoder of transcoder.decoders) decoders.add(decoder);
      for (const encoder of transcoder.encoders) encoders.add(encoder);
    }
    return sum;
  }

  /** It wants no more work, and its attempts without an end go elsewhere. */
  drain(transcoder: ConnectedTranscoder): void {
    transcoder.draining = true;
    for (const job of transcoder.jobs) {
      if (job.isUnboundedAt(transcoder)) job.transcoderLost(transcoder, lossFault('TRANSCODER_DRAINING'), false);
    }
  }

  /** This connection of it ended; it is waited for if it has work. */
  disconnected(transcoder: ConnectedTranscoder, send: Send): void {
    if (!transcoder.disconnected(send) || transcoder.sessions > 0) return;
    this.#remove(transcoder, transcoder.draining ? 'drained' : 'disconnected');
  }

  /** Called every few tens of milliseconds. */
  tick(): void {
    const { now, stallTimeoutMs, reconnectGraceMs, heartbeatMs } = this.#options;
    const nowMs = now();
    for (const transcoder of this.#transcoders.values()) {
      if (transcoder.sessions > 0 && nowMs - transcoder.lastToldAtMs >= heartbeatMs)
        transcoder.send({ $case: 'heartbeat', value: {} });
      if (transcoder.awaySinceMs !== undefined && nowMs - transcoder.awaySinceMs >= reconnectGraceMs) {
        this.#abandonJobs(transcoder, 'TRANSCODER_LOST');
        this.#remove(transcoder, 'disconnected');
      } else if (transcoder.sessions > 0 && nowMs - transcoder.lastHeardAtMs >= stallTimeoutMs) {
        transcoder.silent = true;
        this.#abandonJobs(transcoder, 'TRANSCODER_SILENT');
        this.#options.onLost(transcoder, 'silent');
      }
    }
  }

  get connected(): readonly ConnectedTranscoder[] {
    return [...this.#transcoders.values()].filter(({ isConnected }) => isConnected);
  }

  /** What it is at is no longer its own. */
  #abandonJobs(transcoder: ConnectedTranscoder, code: LossCode): void {
    for (const job of transcoder.jobs) job.transcoderLost(transcoder, lossFault(code), true);
  }

  #remove(transcoder: ConnectedTranscoder, cause: LossCause): void {
    this.#transcoders.delete(transcoder.instanceId);
    const nowMs = this.#options.now();
    for (const [name, health] of this.#formerHealth)
      if (health.penalty(nowMs) < forgottenPenalty) this.#formerHealth.delete(name);
    if (!transcoder.health.isSpotless) this.#formerHealth.set(transcoder.name, transcoder.health);
    this.#options.onLost(transcoder, cause);
  }
}

type LossCode = Extract<NodeFaultCode, 'TRANSCODER_LOST' | 'TRANSCODER_SILENT' | 'TRANSCODER_DRAINING'>;

function lossFault(code: LossCode) {
  return nodeFault(FaultClass.FAULT_CLASS_TRANSCODER, code, lossSentences[code]);
}

const lossSentences: Record<LossCode, string> = {
  TRANSCODER_LOST: 'The connection to the transcoder broke, and it did not come back.',
  TRANSCODER_SILENT: 'The transcoder said nothing for longer than the stall timeout.',
  TRANSCODER_DRAINING: 'The transcoder is about to stop.',
};

function needsOf(order: ValidOrder): Needs {
  return {
    stream: order.stream,
    decoder: order.source.videoCodec,
    encoders: new Set(order.renditions.map(({ profile }) => profile.codec)),
    pixelsPerSecond: pixelsPerSecond(order.renditions),
  };
}
