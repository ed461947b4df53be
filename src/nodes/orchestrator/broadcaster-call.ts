import { status, type ServerDuplexStream } from '@grpc/grpc-js';

import type { Log } from '../../observe/log.js';
import type { OrchestratorMetrics } from '../../observe/orchestrator-metrics.js';
import type { Fault, Progress } from '../../rpc/attempt-event.js';
import type { RefusalReason, RunJobRequest, RunJobResponse } from '../../rpc/generated/millrace/v1/orchestrator.js';
import { order as orderSchema, type Price, type ValidOrder } from '../../rpc/order.js';
import { WireFault, checked } from '../../rpc/wire-fault.js';
import type { Choice } from './choose-transcoder.js';
import type { ConnectedTranscoder } from './connected-transcoder.js';
import { OrchestratedJob } from './job.js';

export interface BroadcasterCallOptions {
  price: Price;
  stallTimeoutMs: number;
  now: () => number;
  choose: (order: ValidOrder, except: ReadonlySet<ConnectedTranscoder>) => Choice<ConnectedTranscoder>;
  /** Why no order is taken at all at the moment. */
  refusal: (order: ValidOrder) => RefusalReason | undefined;
  log: Log;
  metrics: OrchestratorMetrics;
  /** The call is over; the last thing that is heard of it. */
  onOver: (call: BroadcasterCall) => void;
}

type Call = ServerDuplexStream<RunJobRequest, RunJobResponse>;
type Response = NonNullable<RunJobResponse['response']>;

// How long a broadcaster may think about the next attempt.
const nextOrderTimeoutMs = 5000;
// What a broadcaster that reads is never behind by, figures left aside.
const mostUnreadResponses = 1000;

/** One call of a broadcaster: a job, from its first order to its end. */
export class BroadcasterCall {
  readonly #call: Call;
  readonly #options: BroadcasterCallOptions;
  readonly #job: OrchestratedJob<ConnectedTranscoder>;
  #log: Log;
  #order: ValidOrder | undefined;
  /** What the attempt before ended with. */
  #lastFault: Fault | undefined;
  #orderedAtMs = 0;
  /** Since when no attempt is running and none is ordered. */
  #idleSinceMs: number | undefined;
  #over = false;

  /** Listens to the call until it ends. */
  constructor(call: Call, options: BroadcasterCallOptions) {
    this.#call = call;
    this.#options = options;
    this.#log = options.log;
    const { price, stallTimeoutMs, now, choose } = options;
    this.#idleSinceMs = now();
    this.#job = new OrchestratedJob({
      price,
      stallTimeoutMs,
      now,
      choose,
      say: (response) => {
        this.#say(response);
      },
      hangUp: () => {
        this.#end();
      },
      attemptEnded: (fault, progress) => {
        this.#attemptEnded(fault, progress);
      },
    });
    call.on('data', (message: RunJobRequest) => {
      this.#receive(message);
    });
    for (const event of ['end', 'error', 'cancelled', 'close'] as const) {
      call.on(event, () => {
        this.#job.broadcasterLeft();
      });
    }
  }

  /** The job it is about, once that was said. */
  get jobId(): string | undefined {
    return this.#order?.jobId;
  }

  /** Called every few tens of milliseconds. */
  tick(): void {
    this.#job.tick();
    if (this.#idleSinceMs === undefined || this.#options.now() - this.#idleSinceMs < nextOrderTimeoutMs) return;
    this.#fail(status.DEADLINE_EXCEEDED, 'No order came.');
  }

  /** Ends the job at once: the orchestrator stops. */
  breakOff(): void {
    this.#fail(status.UNAVAILABLE, 'The orchestrator is about to stop.');
  }

  #receive({ request }: RunJobRequest): void {
    if (this.#over) return;
    try {
      if (request === undefined) throw new WireFault('The message says nothing.');
      if (request.$case === 'cancel') this.#job.cancel(request.value.finish);
      else this.#ordered(checked(orderSchema, request.value));
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      this.#log.warn({ err: error }, 'a broadcaster said what cannot be');
      this.#fail(status.INVALID_ARGUMENT, error.message);
    }
  }

  #ordered(order: ValidOrder): void {
    if (this.#order !== undefined && order.jobId !== this.#order.jobId) throw new WireFault('jobId changed.');
    this.#log = this.#options.log.child({ job: order.jobId, attempt: order.attempt, stream: order.stream });
    const refusal = this.#options.refusal(order);
    this.#order = order;
    this.#orderedAtMs = this.#options.now();
    if (refusal !== undefined) {
      const message = 'The orchestrator takes no order at the moment.';
      this.#say({
        $case: 'refused',
        value: { attempt: order.attempt, reason: refusal, message, retryAfterMs: 1000 },
      });
      return;
    }
    if (this.#job.isWaiting) {
      this.#idleSinceMs = undefined;
      if (this.#lastFault !== undefined) this.#options.metrics.failover(this.#lastFault.code);
    }
    this.#job.order(order);
  }

  #say(response: Response): void {
    if (this.#over) return;
    switch (response.$case) {
      case 'accepted':
        this.#log.info({ transcoder: response.value.transcoder }, 'assigned');
        this.#options.metrics.assigned((this.#options.now() - this.#orderedAtMs) / 1000);
        break;
      case 'refused':
        if (this.#job.isWaiting) this.#idleSinceMs = this.#options.now();
        this.#log.info({ reason: response.value.reason }, 'refused');
        this.#options.metrics.refused(response.value.reason.replace('REFUSAL_REASON_', ''));
        break;
      case 'event':
        // A broadcaster that reads slowly gets fewer figures, and all that happens.
        if (response.value.event?.$case === 'progress' && this.#call.writableNeedDrain) return;
    }
    this.#call.write({ response });
    if (this.#call.writableLength > mostUnreadResponses)
      this.#fail(status.RESOURCE_EXHAUSTED, 'The broadcaster does not read what it is told.');
  }

  #attemptEnded(fault: Fault | undefined, progress: Progress | undefined): void {
    const { now, metrics } = this.#options;
    this.#idleSinceMs = now();
    this.#log.info(fault === undefined ? {} : { code: fault.code, fault: fault.class }, 'attempt ended');
    const faultClass = fault?.class.replace('FAULT_CLASS_', '').toLowerCase();
    if (faultClass === undefined) metrics.attemptEnded('finished');
    else if (faultClass === 'cancelled') metrics.attemptEnded('cancelled');
    else metrics.attemptEnded('failed', faultClass);
    metrics.pixels(progress?.renditions.reduce((sum, { pixelsEncoded }) => sum + pixelsEncoded, 0) ?? 0);
    this.#lastFault = fault;
  }

  #fail(code: status, details: string): void {
    if (!this.#over) this.#call.emit('error', { code, details });
    this.#job.broadcasterLeft();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#call.end();
    this.#options.onOver(this);
  }
}
