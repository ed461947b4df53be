import {
  FaultClass,
  type AttemptEventBody,
  type AttemptKey,
  type Fault,
  type Progress,
} from '../../rpc/attempt-event.js';
import type { RunJobResponse } from '../../rpc/generated/millrace/v1/orchestrator.js';
import { RefusalReason } from '../../rpc/generated/millrace/v1/orchestrator.js';
import { isWithin, type Price, type ValidOrder } from '../../rpc/order.js';
import { codingName } from '../coding.js';
import { nodeFault } from '../fault.js';
import { AttemptWatch } from './attempt-watch.js';
import type { Choice } from './choose-transcoder.js';

/** A transcoder, as a job sees it. */
export interface Assignee<Self extends Assignee<Self>> {
  readonly name: string;
  /** Gives it the order; the job hears of it through `accepted`, `refused` and the rest. */
  assign(order: ValidOrder, job: OrchestratedJob<Self>): void;
  revoke(attempt: AttemptKey, finish: boolean): void;
  /** The job has nothing to do with it any more. `failed`: by its own fault. */
  release(attempt: AttemptKey, failed: boolean): void;
}

/** What a job is told to work with. */
export interface JobContext<T extends Assignee<T>> {
  readonly price: Price;
  readonly stallTimeoutMs: number;
  /** A clock that only goes forward. */
  now(): number;
  /** Whom the order goes to, without those that were tried already. */
  choose(order: ValidOrder, except: ReadonlySet<T>): Choice<T>;
  /** What is wrong with what a transcoder tells, so that it is not to go on. Absent: nothing. */
  objectionTo(event: AttemptEventBody): Fault | undefined;
  /** Tells the broadcaster. */
  say(response: NonNullable<RunJobResponse['response']>): void;
  /** Ends the call: nothing is said or heard any more. Once. */
  hangUp(): void;
  /** An attempt came to its end, this far. */
  attemptEnded(fault: Fault | undefined, progress: Progress | undefined): void;
}

type State<T> =
  /** No attempt; the broadcaster may order one. */
  | { is: 'waiting' }
  /** Given to a transcoder that has not answered. */
  | { is: 'assigning'; order: ValidOrder; assignee: T; sinceMs: number }
  | { is: 'running'; order: ValidOrder; assignee: T; watch: AttemptWatch; heardAtMs: number }
  | { is: 'over' };

// How long a transcoder may take to say that it takes an attempt on.
const answerTimeoutMs = 1000;
// A transcoder reports several times a second, and replaces a worker that does not: one that is silent about an attempt
// for so long, and yet connected, has forgotten it.
const reportTimeoutMs = 10_000;

/**
 * A job at the orchestrator: a call of a broadcaster, in which one attempt follows the other. It is told everything that
 * happens and decides what follows; it has no timers, sockets or threads. Every attempt that was accepted gets exactly
 * one `ended`, and what is heard of an attempt that is not the current one changes nothing.
 */
export class OrchestratedJob<T extends Assignee<T>> {
  readonly #context: JobContext<T>;
  #state: State<T> = { is: 'waiting' };
  #lastAttempt = 0;
  #cancelAsked = false;
  /** Transcoders that failed this job. */
  readonly #tried = new Set<T>();

  constructor(context: JobContext<T>) {
    this.#context = context;
  }

  /** The broadcaster orders an attempt. */
  order(order: ValidOrder): void {
    if (this.#state.is === 'over') return;
    // A number that comes twice would make one attempt's events another's.
    if (this.#state.is !== 'waiting' || order.attempt <= this.#lastAttempt) {
      this.#refuse(
        order,
        RefusalReason.REFUSAL_REASON_DUPLICATE,
        'This attempt, or another of the job, was ordered.',
        0,
      );
      return;
    }
    if (order.maxPrice !== undefined && !isWithin(this.#context.price, order.maxPrice)) {
      this.#refuse(order, RefusalReason.REFUSAL_REASON_PRICE, 'The order pays less than the price.', 0);
      return;
    }
    this.#lastAttempt = order.attempt;
    this.#assign(order);
  }

  /** The broadcaster wants the attempt to stop. `finish`: properly, after what was read. */
  cancel(finish: boolean): void {
    this.#cancelAsked = true;
    switch (this.#state.is) {
      case 'waiting':
        this.#hangUp();
        break;
      case 'assigning':
      case 'running':
        // What nobody has begun needs no finish.
        this.#state.assignee.revoke(keyOf(this.#state.order), finish && this.#state.is === 'running');
        if (!finish || this.#state.is === 'assigning') this.#endAttempt(cancelled, false);
        break;
      case 'over':
    }
  }

  /** The broadcaster is gone, or has nothing more to order. */
  broadcasterLeft(): void {
    if (this.#state.is === 'assigning' || this.#state.is === 'running') {
      const { order, assignee } = this.#state;
      assignee.revoke(keyOf(order), false);
      assignee.release(keyOf(order), false);
      this.#context.attemptEnded(cancelled, this.#state.is === 'running' ? this.#state.watch.latest : undefined);
    }
    this.#hangUp();
  }

  /** The transcoder takes the attempt on. */
  accepted(from: T, attempt: number): void {
    if (this.#state.is !== 'assigning' || !this.#isCurrent(from, attempt)) return;
    const { order, assignee } = this.#state;
    const { price, stallTimeoutMs } = this.#context;
    const watch = new AttemptWatch(stallTimeoutMs);
    this.#state = { is: 'running', order, assignee, watch, heardAtMs: this.#context.now() };
    this.#context.say({ $case: 'accepted', value: { attempt, transcoder: assignee.name, price } });
  }

  /** The transcoder does not take the attempt on. */
  refused(from: T, attempt: number): void {
    if (this.#state.is !== 'assigning' || !this.#isCurrent(from, attempt)) return;
    const { order, assignee } = this.#state;
    assignee.release(keyOf(order), false);
    this.#tried.add(assignee);
    this.#assign(order);
  }

  /** The transcoder tells of the attempt. */
  event(from: T, attempt: number, event: AttemptEventBody): void {
    if (this.#state.is !== 'running' || !this.#isCurrent(from, attempt)) return;
    if (event.$case === 'ended') {
      const { fault, progress: last } = event.value;
      if (fault?.class === FaultClass.FAULT_CLASS_CANCELLED && !this.#cancelAsked)
        this.#endAttempt(brokenOff, false, { $case: 'ended', value: { fault: brokenOff, progress: last } });
      else this.#endAttempt(fault, isOwnFault(fault), event);
      return;
    }
    const { order, assignee, watch } = this.#state;
    this.#state.heardAtMs = this.#context.now();
    const objection = this.#context.objectionTo(event);
    if (objection !== undefined) {
      assignee.revoke(keyOf(order), false);
      this.#endAttempt(objection, true);
      return;
    }
    this.#context.say({ $case: 'event', value: { jobId: order.jobId, attempt, event } });
    if (event.$case !== 'progress' || !watch.hasStalled(event.value, this.#context.now())) return;
    assignee.revoke(keyOf(order), false);
    this.#endAttempt(stalled, true);
  }

  /** The transcoder cannot go on: it broke off, fell silent, or leaves. */
  transcoderLost(from: T, fault: Fault, byItsFault: boolean): void {
    if (this.#state.is !== 'assigning' && this.#state.is !== 'running') return;
    const { order, assignee, is } = this.#state;
    if (assignee !== from) return;
    // Should it still be there to hear so: it would go on beside the one that takes over.
    assignee.revoke(keyOf(order), false);
    if (is === 'running') {
      this.#endAttempt(fault, byItsFault);
      return;
    }
    assignee.release(keyOf(order), byItsFault);
    this.#tried.add(assignee);
    this.#assign(order);
  }

  /** The broadcaster does not pay: the attempt ends. It may order another. */
  unpaid(): void {
    if (this.#state.is !== 'running') return;
    this.#state.assignee.revoke(keyOf(this.#state.order), false);
    this.#endAttempt(unpaid, false);
  }

  /** Called now and then: an assignment that nobody answers, or an attempt that nobody speaks of, is taken away. */
  tick(): void {
    if (this.#state.is === 'running' && this.#context.now() - this.#state.heardAtMs >= reportTimeoutMs) {
      this.#state.assignee.revoke(keyOf(this.#state.order), false);
      this.#endAttempt(unreported, true);
    }
    if (this.#state.is !== 'assigning') return;
    const { order, assignee, sinceMs } = this.#state;
    if (this.#context.now() - sinceMs < answerTimeoutMs) return;
    assignee.revoke(keyOf(order), false);
    assignee.release(keyOf(order), true);
    this.#tried.add(assignee);
    this.#assign(order);
  }

  /** Whether the broadcaster may order an attempt, and nothing else is going on. */
  get isWaiting(): boolean {
    return this.#state.is === 'waiting';
  }

  /** Whether an attempt without an end is running at this transcoder. */
  isUnboundedAt(from: T): boolean {
    return this.#state.is === 'running' && this.#state.assignee === from && this.#state.order.durationMs === 0;
  }

  #assign(order: ValidOrder): void {
    const choice = this.#context.choose(order, this.#tried);
    if ('none' in choice) {
      this.#state = { is: 'waiting' };
      const { reason, message, retryAfterMs } = refusals[choice.none];
      this.#refuse(order, reason, choice.none === 'incapable' ? incapableMessage(order) : message, retryAfterMs);
      return;
    }
    this.#state = { is: 'assigning', order, assignee: choice.transcoder, sinceMs: this.#context.now() };
    choice.transcoder.assign(order, this);
  }

  #refuse({ attempt }: ValidOrder, reason: RefusalReason, message: string, retryAfterMs: number): void {
    this.#context.say({ $case: 'refused', value: { attempt, reason, message, retryAfterMs } });
  }

  /** @param told the transcoder's own words, if it had any. */
  #endAttempt(
    fault: Fault | undefined,
    byTranscodersFault: boolean,
    told?: Extract<AttemptEventBody, { $case: 'ended' }>,
  ): void {
    if (this.#state.is !== 'assigning' && this.#state.is !== 'running') return;
    const { order, assignee } = this.#state;
    const progress = this.#state.is === 'running' ? this.#state.watch.latest : undefined;
    this.#state = { is: 'waiting' };
    assignee.release(keyOf(order), byTranscodersFault);
    // One that found the source or an output at fault would find the same again, and so would any other.
    if (isOwnFault(fault)) this.#tried.add(assignee);
    const ended = told ?? { $case: 'ended' as const, value: { fault, progress } };
    this.#context.say({
      $case: 'event',
      value: { jobId: order.jobId, attempt: order.attempt, event: ended },
    });
    this.#context.attemptEnded(fault, told?.value.progress ?? progress);
    if (fault === undefined) this.#hangUp();
  }

  #isCurrent(from: T, attempt: number): boolean {
    return (
      (this.#state.is === 'assigning' || this.#state.is === 'running') &&
      this.#state.assignee === from &&
      this.#state.order.attempt === attempt
    );
  }

  #hangUp(): void {
    if (this.#state.is === 'over') return;
    this.#state = { is: 'over' };
    this.#context.hangUp();
  }
}

const cancelled = nodeFault(FaultClass.FAULT_CLASS_CANCELLED, 'CANCELLED', 'The job was cancelled.');
const stalled = nodeFault(
  FaultClass.FAULT_CLASS_TRANSCODER,
  'TRANSCODER_STALLED',
  'The source went on, and the transcoder encoded nothing of it.',
);

const unreported = nodeFault(
  FaultClass.FAULT_CLASS_TRANSCODER,
  'TRANSCODER_SILENT',
  'The transcoder took the attempt on and reports nothing of it.',
);

const unpaid = nodeFault(
  FaultClass.FAULT_CLASS_BROADCASTER,
  'INSUFFICIENT_BALANCE',
  'What was delivered used the balance up, and no payment came.',
);

// A transcoder that is ended, or that did not hear of its orchestrator for its lease, cancels by itself.
const brokenOff = nodeFault(
  FaultClass.FAULT_CLASS_TRANSCODER,
  'TRANSCODER_LOST',
  'The transcoder broke the attempt off by itself.',
);

const refusals = {
  full: {
    reason: RefusalReason.REFUSAL_REASON_FULL,
    message: 'Every transcoder that could do it is busy.',
    retryAfterMs: 1000,
  },
  incapable: {
    reason: RefusalReason.REFUSAL_REASON_INCAPABLE,
    message: 'No transcoder here has the codecs for it.',
    retryAfterMs: 0,
  },
  noTranscoder: {
    reason: RefusalReason.REFUSAL_REASON_NO_TRANSCODER,
    message: 'No transcoder is there that was not tried.',
    retryAfterMs: 1000,
  },
} as const;

/** Which of the two is missing may differ between transcoders, so both are named. */
function incapableMessage({ source, renditions }: ValidOrder): string {
  const codings = [...new Set(renditions.map(({ profile }) => codingName(profile.codec)))].join(', ');
  const decoder = source.videoCodec === '' ? '' : `decodes ${source.videoCodec} and `;
  return `No transcoder here ${decoder}encodes ${codings}.`;
}

function keyOf({ jobId, attempt }: ValidOrder): AttemptKey {
  return { jobId, attempt };
}

function isOwnFault(fault: Fault | undefined): boolean {
  return fault?.class === FaultClass.FAULT_CLASS_TRANSCODER;
}
