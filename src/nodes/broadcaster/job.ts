import type { MediaServerAdaptor } from '../../media-server/adaptor.js';
import { FaultClass, type AttemptEventBody, type Fault, type Progress } from '../../rpc/attempt-event.js';
import { RefusalReason, type Accepted, type Refused } from '../../rpc/answer.js';
import type { Price, ValidOrder } from '../../rpc/order.js';
import { nodeFault } from '../fault.js';
import type { IssuedReceipt } from '../../trust/receipts/receipt.js';
import type { Absence } from './absence.js';
import type { AttemptEvidence } from './attempt-evidence.js';
import type { JobEvent } from './job-events.js';
import type { Notification } from './notification.js';
import type { CallListener, JobCall, OrchestratorTerms } from './orchestrator-client.js';
import { renditionUrl } from './output-urls.js';
import { RetryPolicy } from './retry-policy.js';

/** An orchestrator, as a job sees it. */
export interface JobOrchestrator {
  readonly address: string;
  /** As it last offered them. Absent: it has not answered yet, and cannot be ordered from. */
  readonly terms: OrchestratorTerms | undefined;
  runJob(listener: CallListener): JobCall;
}

/** What a job is told to work with. */
export interface JobContext {
  readonly jobId: string;
  readonly notification: Notification;
  readonly maxPrice: Price | undefined;
  readonly maxAttempts: number;
  readonly adaptor: Pick<MediaServerAdaptor, 'admit' | 'revoke' | 'release'>;
  /** Whom to ask next, the best first, without those that were tried. */
  readonly choose: (tried: ReadonlySet<string>) => readonly JobOrchestrator[];
  /** Makes an order out to an orchestrator, and opens the file with what it will say of it. */
  readonly sign: (order: ValidOrder, terms: OrchestratorTerms) => Evidence;
  /** Whether anybody may have the codecs for it. */
  readonly mayBeCapable: () => boolean;
  /** Why there is nobody to ask. */
  readonly whyNone: () => Absence;
  /** It took the job on, so long after it was asked. */
  readonly accepted: (address: string, latencyMs: number) => void;
  /** An attempt there has begun to deliver. */
  readonly succeeded: (address: string) => void;
  /** It failed the job by its own fault, of that code. */
  readonly failed: (address: string, code: string) => void;
  /** Hears everything that happens. */
  readonly onEvent: (event: JobEvent) => void;
  /** A clock that only goes forward. */
  readonly now: () => number;
  /** Calls back after a while; what it returns takes that back. */
  readonly later: (afterMs: number, then: () => void) => () => void;
}

/** What there is in writing about an attempt, as a job sees it. */
export type Evidence = Pick<AttemptEvidence, 'order' | 'take' | 'isOverdue' | 'isClosed'>;

interface Running {
  order: ValidOrder;
  readonly evidence: Evidence;
  orderedAtMs: number;
  acceptedAtMs: number | undefined;
  /** It comes after one that was lost, and whose publishers may still be there. */
  tookOver: boolean;
  /** Whether any rendition is on its way. */
  anyStarted: boolean;
  /** By rendition, what failed behind a takeover before anything was on its way. */
  heldBack: Map<string, Fault>;
  /** Renditions that it gave up by a fault of its own. */
  readonly ownFailures: string[];
}

// An orchestrator that has a transcoder answers in milliseconds; one that has to try several takes a second for each.
const answerTimeoutMs = 5000;
// A live stream whose transcoders are all gone waits this long for one to come back.
const reviveForMs = 10_000;
const reviveEveryMs = 250;

/**
 * A job at the broadcaster: finds an orchestrator, orders one attempt after the other until one succeeds or none helps,
 * and tells what happens. It is told everything and has no sockets or timers of its own. It ends exactly once.
 */
export class BroadcastJob {
  readonly #context: JobContext;
  readonly #policy: RetryPolicy;
  readonly #startedAtMs: number;
  /** Orchestrators that cannot have the job (any more). */
  readonly #tried = new Set<string>();
  /** Renditions that need no further attempt, by how they ended. */
  readonly #settled = new Map<string, 'finished' | 'failed'>();
  /** Why no orchestrator has the job: what came of asking, since one last took it. */
  #refusals: Fault[] = [];
  #orchestrator: JobOrchestrator | undefined;
  #call: JobCall | undefined;
  #running: Running | undefined;
  #attempt = 0;
  #timestampBaseUs: number | undefined;
  #resumeAtUs: number | undefined;
  /** When an attempt last made something. */
  #lastAliveAtMs: number | undefined;
  #forget: (() => void) | undefined;
  #cancelled = false;
  #over = false;

  constructor(context: JobContext) {
    this.#context = context;
    this.#policy = new RetryPolicy(context.maxAttempts);
    this.#startedAtMs = context.now();
  }

  start(): void {
    this.#next(false);
  }

  /** Ends the source here, and finishes the outputs. */
  cancel(): void {
    if (this.#over || this.#cancelled) return;
    this.#cancelled = true;
    if (this.#running?.acceptedAtMs === undefined) this.#breakOff();
    else {
      this.#call?.cancel(true);
      this.#wait(answerTimeoutMs, () => {
        this.#breakOff();
      });
    }
  }

  /** Ends everything at once, as when the broadcaster itself ends. */
  breakOff(): void {
    if (this.#over) return;
    this.#cancelled = true;
    this.#breakOff();
  }

  /** An orchestrator was found to cheat, in this job or another: what runs there, or was to, goes on elsewhere. */
  distrust(address: string, fault: Fault): void {
    if (this.#orchestrator?.address !== address) return;
    if (this.#running === undefined) this.#leave();
    else this.#lost(fault);
  }

  #breakOff(): void {
    this.#drop();
    this.#end({ type: 'cancelled', outputs: 'broken off' });
  }

  /** The next attempt: on the call that is there, or else at the next orchestrator. */
  #next(tookOver: boolean): void {
    if (this.#over) return;
    if (this.#call === undefined) {
      const [orchestrator] = this.#context.choose(this.#tried).filter(({ terms }) => terms !== undefined);
      if (orchestrator === undefined) {
        this.#noneLeft();
        return;
      }
      this.#orchestrator = orchestrator;
      this.#call = orchestrator.runJob(this.#listen(orchestrator));
    }
    if (this.#orchestrator?.terms) this.#order(this.#call, this.#orchestrator.terms, tookOver);
  }

  #order(call: JobCall, terms: OrchestratorTerms, tookOver: boolean): void {
    const { jobId, notification, adaptor, maxPrice, now } = this.#context;
    this.#attempt += 1;
    const attempt = this.#attempt;
    const rungs = notification.ladder.filter(({ name }) => !this.#settled.has(name));
    const urls = adaptor.admit(
      { jobId, attempt },
      rungs.map(({ name }) =>
        renditionUrl(notification.outputUrl, name, notification.sequence, notification.extension),
      ),
    );
    const order: ValidOrder = {
      jobId,
      attempt,
      stream: notification.stream,
      sequence: notification.sequence,
      source: { url: notification.inputUrl, videoCodec: notification.videoCodec },
      renditions: rungs.map(({ name, profile }, index) => ({ name, profile, outputUrl: urls[index] ?? '' })),
      durationMs: notification.durationMs ?? 0,
      windowMs: 0,
      ...(this.#timestampBaseUs !== undefined && { timestampBaseUs: this.#timestampBaseUs }),
      ...(this.#resumeAtUs !== undefined && { resumeAtUs: this.#resumeAtUs }),
      ...(maxPrice !== undefined && { maxPrice }),
    };
    const evidence = this.#context.sign(order, terms);
    this.#running = {
      order,
      evidence,
      orderedAtMs: now(),
      acceptedAtMs: undefined,
      tookOver,
      anyStarted: false,
      heldBack: new Map(),
      ownFailures: [],
    };
    this.#wait(answerTimeoutMs, () => {
      this.#lost(orchestratorFault('TIMED_OUT', 'The orchestrator did not answer the order in time.'));
    });
    call.order(evidence.order);
  }

  /**
   * Of a call that was closed, nothing is heard; of an attempt that was replaced, nothing counts, and neither does what
   * is told of one that was not accepted, or answered before.
   */
  #listen(orchestrator: JobOrchestrator): CallListener {
    const current = (attempt: number) =>
      this.#orchestrator === orchestrator && this.#running?.order.attempt === attempt ? this.#running : undefined;
    const isAsked = (attempt: number) => {
      const running = current(attempt);
      return running !== undefined && running.acceptedAtMs === undefined;
    };
    return {
      onAccepted: (accepted) => {
        if (isAsked(accepted.attempt)) this.#accepted(orchestrator.address, accepted);
      },
      onRefused: (refused) => {
        if (isAsked(refused.attempt)) this.#refused(refused);
      },
      onEvent: (attempt, event) => {
        if (current(attempt)?.acceptedAtMs !== undefined) this.#event(event);
      },
      onReceipt: (attempt, receipt) => {
        const running = current(attempt);
        if (running?.acceptedAtMs !== undefined) this.#receipt(running, receipt);
      },
      onPaymentStopped: (fault) => {
        if (this.#orchestrator === orchestrator && this.#running !== undefined) this.#lost(fault);
      },
      onBroken: (_code, reason) => {
        if (this.#orchestrator !== orchestrator) return;
        this.#call = undefined;
        if (this.#running !== undefined) this.#lost(orchestratorFault('ORCHESTRATOR_LOST', reason));
      },
    };
  }

  #accepted(address: string, { attempt, transcoder }: Accepted): void {
    const { now, accepted, onEvent, jobId } = this.#context;
    if (this.#running === undefined) return;
    this.#forget?.();
    this.#refusals = [];
    this.#running.acceptedAtMs = now();
    accepted(address, now() - this.#running.orderedAtMs);
    onEvent({ type: 'accepted', job: jobId, attempt, orchestrator: address, transcoder });
  }

  #refused({ reason, message }: Refused): void {
    if (this.#running === undefined) return;
    const { order, tookOver } = this.#running;
    this.#running = undefined;
    void this.#context.adaptor.revoke(order);
    this.#refusals.push(refusalFault(reason, message));
    this.#leave();
    this.#next(tookOver);
  }

  #event(event: AttemptEventBody): void {
    const running = this.#running;
    if (running === undefined) return;
    const { onEvent, now, succeeded } = this.#context;
    const { attempt } = running.order;
    switch (event.$case) {
      case 'started':
        this.#timestampBaseUs ??= event.value.timestampBaseUs;
        onEvent({ type: 'started', attempt, source: event.value });
        break;
      case 'renditionStarted': {
        if (!running.anyStarted && this.#orchestrator) succeeded(this.#orchestrator.address);
        running.anyStarted = true;
        const sinceNotificationMs = now() - this.#startedAtMs;
        onEvent({ type: 'firstFrame', attempt, rendition: event.value.name, sinceNotificationMs });
        this.#failHeldBack(running);
        break;
      }
      case 'progress':
        this.#progressed(attempt, event.value);
        if (running.evidence.isOverdue(event.value)) this.#lost(receiptsMissing);
        break;
      case 'renditionFailed':
        if (!this.#isOpen(running, event.value.name) || event.value.fault === undefined) break;
        // Behind a takeover it may be the old publisher that is in the way: then what becomes of the attempt decides.
        if (running.tookOver && !running.anyStarted) running.heldBack.set(event.value.name, event.value.fault);
        else this.#renditionFailed(running, event.value.name, event.value.fault);
        break;
      case 'renditionFinished':
        if (!this.#isOpen(running, event.value.name)) break;
        this.#settled.set(event.value.name, 'finished');
        onEvent({ type: 'renditionFinished', attempt, rendition: event.value.name });
        break;
      case 'warning':
        onEvent({ type: 'warning', attempt, code: event.value.code, message: event.value.message });
        break;
      case 'windowClosed': // is between the transcoder and its orchestrator
        break;
      case 'ended':
        if (event.value.progress) this.#progressed(attempt, event.value.progress);
        this.#ended(running, event.value.fault);
    }
  }

  /** One that does not hold ends the attempt: who pays for something else than what was made is not to be trusted with more. */
  #receipt(running: Running, receipt: IssuedReceipt): void {
    const { attempt } = running.order;
    const check = running.evidence.take(receipt);
    if (check.valid) {
      this.#context.onEvent({ type: 'receipt', attempt, receipt });
      this.#call?.verified(check.receipt);
    } else this.#lost(orchestratorFault(check.code, check.message));
  }

  #progressed(attempt: number, progress: Progress): void {
    for (const { lastTimestampUs } of progress.renditions) {
      if (lastTimestampUs === undefined) continue;
      this.#lastAliveAtMs = this.#context.now();
      // What comes next is later than what was delivered, by however little.
      this.#resumeAtUs = Math.max(this.#resumeAtUs ?? -Infinity, lastTimestampUs + 1);
    }
    this.#context.onEvent({ type: 'progress', attempt, progress });
  }

  /** Whether it is one of the attempt's, of which neither the end nor a failure was told. */
  #isOpen({ order }: Running, rendition: string): boolean {
    return !this.#settled.has(rendition) && order.renditions.some(({ name }) => name === rendition);
  }

  #renditionFailed({ order: { attempt }, ownFailures }: Running, rendition: string, fault: Fault): void {
    this.#settled.set(rendition, 'failed');
    if (fault.class === FaultClass.FAULT_CLASS_TRANSCODER) ownFailures.push(rendition);
    this.#context.onEvent({ type: 'renditionFailed', attempt, rendition, fault });
  }

  /** The attempt goes on without them, so they are not tried again. */
  #failHeldBack(running: Running): void {
    for (const [name, fault] of running.heldBack)
      if (this.#isOpen(running, name)) this.#renditionFailed(running, name, fault);
    running.heldBack.clear();
  }

  #ended(running: Running, fault: Fault | undefined): void {
    if (fault === undefined) {
      this.#failHeldBack(running);
      this.#complain(running);
      this.#context.adaptor.release(running.order);
      this.#running = undefined;
      this.#call?.close();
      this.#end(this.#cancelled ? { type: 'cancelled', outputs: 'finished' } : { type: 'finished' });
    } else if (this.#cancelled) this.#breakOff();
    else this.#lost(fault);
  }

  /** What was delivered without a last receipt was delivered all the same; its orchestrator is avoided for a while. */
  #complain({ order: { attempt }, evidence }: Running): void {
    if (evidence.isClosed) return;
    const { code, message } = receiptsMissing;
    this.#context.onEvent({ type: 'warning', attempt, code, message });
    if (this.#orchestrator) this.#context.failed(this.#orchestrator.address, code);
  }

  /** The attempt is lost; another one may follow. */
  #lost(fault: Fault): void {
    const running = this.#running;
    if (running === undefined) return;
    const { now, adaptor, onEvent, failed } = this.#context;
    this.#running = undefined;
    this.#forget?.();
    const lastedMs = running.acceptedAtMs === undefined ? undefined : now() - running.acceptedAtMs;
    const step = this.#policy.next({ fault, lastedMs, tookOver: running.tookOver }, now());
    const revoked = adaptor.revoke(running.order);
    if (fault.class === FaultClass.FAULT_CLASS_ORCHESTRATOR && this.#orchestrator)
      failed(this.#orchestrator.address, fault.code);
    if (this.#cancelled) {
      this.#breakOff();
      return;
    }
    // What failed by the transcoder's own fault, another one may be able to do.
    for (const name of running.ownFailures) this.#settled.delete(name);
    // A source that failed ends its renditions properly, too, and is a failure all the same.
    const isSources = fault.class === FaultClass.FAULT_CLASS_SOURCE;
    if (!isSources && running.order.renditions.every(({ name }) => this.#settled.has(name))) {
      this.#drop();
      const anyFinished = [...this.#settled.values()].includes('finished');
      this.#end(anyFinished ? { type: 'finished' } : { type: 'failed', fault });
      return;
    }
    if (step.step === 'fail') {
      this.#drop();
      this.#end({ type: 'failed', fault: step.fault });
      return;
    }
    this.#refusals.push(fault);
    if (running.acceptedAtMs !== undefined) onEvent({ type: 'failover', attempt: running.order.attempt, cause: fault });
    if (step.step === 'elsewhere') this.#leave();
    // Only when the media server has let go of the old publisher can the new one get in.
    void revoked.then(() => {
      if (this.#over) return;
      const tookOver = running.tookOver || running.acceptedAtMs !== undefined;
      if (step.step === 'elsewhere' || step.afterMs === 0) this.#next(tookOver);
      else
        this.#wait(step.afterMs, () => {
          this.#next(tookOver);
        });
    });
  }

  /** Nobody is left to ask. A stream that was running gets a while to find a new transcoder. */
  #noneLeft(): void {
    const { now, mayBeCapable, whyNone } = this.#context;
    if (this.#lastAliveAtMs !== undefined && now() - this.#lastAliveAtMs < reviveForMs && !this.#cancelled) {
      this.#tried.clear();
      this.#wait(reviveEveryMs, () => {
        this.#next(true);
      });
      return;
    }
    const { message, retryAfterS } = whyNone();
    const reason = mayBeCapable() ? orchestratorFault('NO_ORCHESTRATOR', message) : incapable;
    const fault = this.#refusals.reduce(worse, reason);
    const isAbsence = fault === reason && reason !== incapable && retryAfterS !== undefined;
    this.#end({ type: 'failed', fault, ...(isAbsence && { retryAfterS }) });
  }

  /** This orchestrator cannot have the job. */
  #leave(): void {
    if (this.#orchestrator) this.#tried.add(this.#orchestrator.address);
    this.#drop();
  }

  #drop(): void {
    if (this.#running !== undefined) void this.#context.adaptor.revoke(this.#running.order);
    this.#running = undefined;
    this.#call?.close();
    this.#call = undefined;
    this.#orchestrator = undefined;
  }

  #wait(afterMs: number, then: () => void): void {
    this.#forget?.();
    this.#forget = this.#context.later(afterMs, then);
  }

  #end(event: Extract<JobEvent, { type: 'finished' | 'failed' | 'cancelled' }>): void {
    if (this.#over) return;
    this.#over = true;
    this.#forget?.();
    this.#context.onEvent(event);
  }
}

const incapable = orchestratorFault('INCAPABLE', 'No orchestrator has a transcoder with the codecs for it.');

const receiptsMissing = orchestratorFault(
  'RECEIPTS_MISSING',
  'The orchestrator does not send the receipts for what is delivered.',
);

function orchestratorFault(code: Parameters<typeof nodeFault>[1], message: string): Fault {
  return nodeFault(FaultClass.FAULT_CLASS_ORCHESTRATOR, code, message);
}

function refusalFault(reason: RefusalReason, message: string): Fault {
  if (reason === RefusalReason.REFUSAL_REASON_INCAPABLE) return orchestratorFault('INCAPABLE', message);
  if (reason === RefusalReason.REFUSAL_REASON_PRICE) return orchestratorFault('TOO_DEAR', message);
  if (reason === RefusalReason.REFUSAL_REASON_TICKET) return orchestratorFault('TICKET_REFUSED', message);
  if (reason === RefusalReason.REFUSAL_REASON_INSUFFICIENT_BALANCE)
    return orchestratorFault('INSUFFICIENT_BALANCE', message);
  return orchestratorFault('FULL', message);
}

// The reason that says most about what to do comes out of several.
const weights = [
  'NO_ORCHESTRATOR',
  'TOO_DEAR',
  'INCAPABLE',
  'ORCHESTRATOR_LOST',
  'TIMED_OUT',
  'TICKET_REFUSED',
  'INSUFFICIENT_BALANCE',
  'FULL',
];

function worse(one: Fault, other: Fault): Fault {
  return weightOf(other) >= weightOf(one) ? other : one;
}

/** What is not in the list happened to an orchestrator that was there. */
function weightOf({ code }: Fault): number {
  const weight = weights.indexOf(code);
  return weight < 0 ? weights.indexOf('TICKET_REFUSED') : weight;
}
