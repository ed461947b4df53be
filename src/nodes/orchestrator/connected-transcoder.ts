import type { AttemptKey } from '../../rpc/attempt-event.js';
import type { ConnectResponse } from '../../rpc/generated/millrace/v1/transcoder.js';
import type { Hello } from '../../rpc/hello.js';
import { pixelsPerSecond, type ValidOrder, type VideoCodec } from '../../rpc/order.js';
import type { Candidate } from './choose-transcoder.js';
import { Health } from './health.js';
import type { Assignee, OrchestratedJob } from './job.js';

/** Writes to the transcoder's stream. */
export type Send = (response: NonNullable<ConnectResponse['response']>) => void;

interface Assignment {
  job: OrchestratedJob<ConnectedTranscoder>;
  attempt: number;
  pixelsPerSecond: number;
}

// Enough for every stream that one machine can be at, and their last segments.
const mostWarmStreams = 256;

/** A transcoder process that said hello, for as long as it is connected or expected back. */
export class ConnectedTranscoder implements Candidate, Assignee<ConnectedTranscoder> {
  readonly instanceId: string;
  readonly name: string;
  readonly health: Health;
  draining = false;
  /** Declared lost for its silence, and not heard since. */
  silent = false;
  lastHeardAtMs: number;
  lastToldAtMs = 0;
  /** When its connection broke. Absent: it is connected. */
  awaySinceMs: number | undefined;
  /** The latest: what it can do may have changed since it was first here. */
  #hello: Hello;
  #decoders: ReadonlySet<string>;
  #encoders: ReadonlySet<VideoCodec>;
  #send: Send | undefined;
  #busyPixelsPerSecond = 0;
  readonly #now: () => number;
  /** By the job's id: a job has one attempt at a time. */
  readonly #assignments = new Map<string, Assignment>();
  /** The least recent first. */
  readonly #warmStreams = new Set<string>();

  /** @param health how the one that its operator calls the same has been doing before */
  constructor(hello: Hello, now: () => number, health = new Health()) {
    this.health = health;
    this.instanceId = hello.instanceId;
    this.name = hello.name;
    this.#hello = hello;
    this.#decoders = new Set(hello.decoders);
    this.#encoders = new Set(hello.encoders);
    this.#now = now;
    this.lastHeardAtMs = now();
  }

  get decoders(): ReadonlySet<string> {
    return this.#decoders;
  }

  get encoders(): ReadonlySet<VideoCodec> {
    return this.#encoders;
  }

  get pixelsPerSecond(): number {
    return this.#hello.pixelsPerSecond;
  }

  get maxSessions(): number {
    return this.#hello.maxSessions;
  }

  /** It said hello again, and this is what it can do now. */
  says(hello: Hello): void {
    this.#hello = hello;
    this.#decoders = new Set(hello.decoders);
    this.#encoders = new Set(hello.encoders);
  }

  get sessions(): number {
    return this.#assignments.size;
  }

  /** How many attempts more it takes, if its pixels allow them; Infinity when nothing else limits them. */
  get freeSessions(): number {
    return this.maxSessions === 0 ? Infinity : Math.max(0, this.maxSessions - this.sessions);
  }

  get busyPixelsPerSecond(): number {
    return this.#busyPixelsPerSecond;
  }

  get penalty(): number {
    return this.health.isSpotless ? 0 : this.health.penalty(this.#now());
  }

  get isConnected(): boolean {
    return this.#send !== undefined;
  }

  /** The jobs that have an attempt here. */
  get jobs(): OrchestratedJob<ConnectedTranscoder>[] {
    return [...this.#assignments.values()].map(({ job }) => job);
  }

  hasWarm(stream: string): boolean {
    return this.#warmStreams.has(stream);
  }

  /** The job that this attempt belongs to, if it is the one that is running here. */
  jobOf({ jobId, attempt }: AttemptKey): OrchestratedJob<ConnectedTranscoder> | undefined {
    const assignment = this.#assignments.get(jobId);
    return assignment?.attempt === attempt ? assignment.job : undefined;
  }

  connected(send: Send): void {
    this.#send = send;
    this.awaySinceMs = undefined;
    this.heard();
  }

  /** @returns whether it has no connection any more: one that broke unnoticed may end behind the one that came after. */
  disconnected(send: Send): boolean {
    if (this.#send !== send) return false;
    this.#send = undefined;
    this.awaySinceMs = this.#now();
    return true;
  }

  heard(): void {
    this.lastHeardAtMs = this.#now();
    this.silent = false;
  }

  /** Says something, if it is connected. */
  send(response: NonNullable<ConnectResponse['response']>): void {
    this.lastToldAtMs = this.#now();
    this.#send?.(response);
  }

  assign(order: ValidOrder, job: OrchestratedJob<ConnectedTranscoder>): void {
    // Silence is counted from here: a transcoder with nothing to do says nothing.
    this.lastHeardAtMs = Math.max(this.lastHeardAtMs, this.#now());
    const cost = pixelsPerSecond(order.renditions);
    this.#assignments.set(order.jobId, { job, attempt: order.attempt, pixelsPerSecond: cost });
    this.#busyPixelsPerSecond += cost;
    this.send({ $case: 'order', value: order });
    this.#warmStreams.delete(order.stream);
    this.#warmStreams.add(order.stream);
    const [leastRecent] = this.#warmStreams;
    if (this.#warmStreams.size > mostWarmStreams && leastRecent !== undefined) this.#warmStreams.delete(leastRecent);
  }

  revoke({ jobId, attempt }: AttemptKey, finish: boolean): void {
    this.send({ $case: 'revoke', value: { jobId, attempt, finish } });
  }

  release({ jobId, attempt }: AttemptKey, failed: boolean): void {
    const assignment = this.#assignments.get(jobId);
    if (assignment?.attempt !== attempt) return;
    this.#assignments.delete(jobId);
    this.#busyPixelsPerSecond -= assignment.pixelsPerSecond;
    if (this.#assignments.size === 0) this.#busyPixelsPerSecond = 0; // no rounding is left behind
    if (failed) this.health.failed(this.#now());
  }
}
