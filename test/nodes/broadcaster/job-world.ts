import { expect } from 'vitest';

import type { JobEvent } from '../../../src/nodes/broadcaster/job-events.js';
import { BroadcastJob, type Evidence } from '../../../src/nodes/broadcaster/job.js';
import type { CallListener } from '../../../src/nodes/broadcaster/orchestrator-client.js';
import { FaultClass, type AttemptEventBody, type Fault, type Progress } from '../../../src/rpc/attempt-event.js';
import type { RefusalReason } from '../../../src/rpc/generated/millrace/v1/orchestrator.js';
import { order as orderSchema, type ValidOrder } from '../../../src/rpc/order.js';
import { noReceipt, type IssuedReceipt } from '../../../src/trust/receipts/receipt.js';
import { sampleFault, sampleProgress, type FaultWord } from '../wire-samples.js';
import { sampleSigners } from '../sample-trust.js';
import { AdaptorDouble } from './adaptor-double.js';
import { HandDrivenClock } from './hand-driven-clock.js';
import { sampleNotification } from './sample-notification.js';

/** Something that happens to a job at the broadcaster. What an orchestrator says, it says on the call that is open. */
export type JobCommand =
  | { do: 'accept' }
  | { do: 'refuse'; reason: RefusalReason }
  | { do: 'start'; timestampBaseUs: number; whose: Whose }
  | { do: 'progress'; lastTimestampUs: number; whose: Whose }
  | { do: 'rendition'; number: 0 | 1; becomes: 'started' | 'failed' | 'finished'; whose: Whose }
  | { do: 'end'; fault: FaultWord | undefined; code: string; whose: Whose; progress?: Progress }
  | { do: 'receipt'; holds: boolean; whose: Whose }
  | { do: 'withhold'; overdue: boolean }
  | { do: 'break' }
  | { do: 'stopPaying'; fault: FaultWord }
  | { do: 'pass'; ms: number }
  | { do: 'holdRevocations'; hold: boolean }
  | { do: 'cancel' | 'breakOff' }
  | { do: 'occupy'; orchestrator: 0 | 1 | 2; isThere: boolean }
  | { do: 'distrust'; orchestrator: 0 | 1 | 2 };

/** Whether an orchestrator speaks of the attempt that is ordered, or of the one before. */
export type Whose = 'its own' | 'an older';

interface OpenCall {
  address: string;
  listener: CallListener;
}

/** A job among doubles of orchestrators, with every rule about it checked as it goes. */
export class JobWorld {
  readonly clock = new HandDrivenClock();
  readonly adaptor = new AdaptorDouble();
  readonly events: JobEvent[] = [];
  readonly orders: ValidOrder[] = [];
  readonly accepted = new Set<number>();
  /** What became known of orchestrators, in short: `accepted first:1`. */
  readonly standings: string[] = [];
  readonly maxAttempts = 3;
  readonly job: BroadcastJob;
  readonly #openCalls = new Set<OpenCall>();
  readonly #there = new Map([
    ['first:1', true],
    ['second:1', true],
    ['third:1', true],
  ]);
  readonly #distrusted = new Set<string>();
  /** Renditions that need no further attempt. */
  readonly #settled = new Set<string>();
  #timestampBaseUs: number | undefined;
  #isSourceAtFault = false;
  #receiptHolds = true;
  #isOverdue = false;
  #acceptedAtMs = 0;
  /** Since an attempt that lasted a minute. */
  #failuresInARow = 0;
  #crashesInARow = 0;

  constructor({ isAnybodyThere = true } = {}) {
    if (!isAnybodyThere) this.#there.clear();
    this.job = new BroadcastJob({
      jobId: 'job',
      notification: sampleNotification(),
      maxPrice: undefined,
      mayBeCapable: () => true,
      whyNone: () => ({ message: 'Nobody is there.', retryAfterS: 7 }),
      sign: (order) => this.#sign(order),
      maxAttempts: this.maxAttempts,
      adaptor: this.adaptor,
      choose: (tried) => this.#choose(tried),
      accepted: (address, latencyMs) => {
        expect(latencyMs).toBeGreaterThanOrEqual(0);
        this.standings.push(`accepted ${address}`);
      },
      succeeded: (address) => this.standings.push(`succeeded ${address}`),
      failed: (address) => this.standings.push(`failed ${address}`),
      onEvent: (event) => {
        this.#hear(event);
      },
      now: () => this.clock.nowMs,
      later: (afterMs, then) => this.clock.later(afterMs, then),
    });
  }

  /** The last event, if it is one of those that are. */
  get outcome(): JobEvent | undefined {
    const last = this.events.at(-1);
    return last !== undefined && isOutcome(last) ? last : undefined;
  }

  /** The attempt that was ordered last, unless it is over. */
  get current(): ValidOrder | undefined {
    const last = this.orders.at(-1);
    return last !== undefined && this.adaptor.isAdmitted(last.attempt) ? last : undefined;
  }

  async start(): Promise<void> {
    this.job.start();
    await this.#settle();
  }

  async run(command: JobCommand): Promise<void> {
    this.#apply(command);
    await this.#settle();
  }

  #apply(command: JobCommand): void {
    const [call] = this.#openCalls;
    const attempt = this.orders.at(-1)?.attempt ?? 0;
    switch (command.do) {
      case 'accept':
        call?.listener.onAccepted({ attempt, transcoder: 'transcoder', price: { wei: 1, pixels: 1 } });
        break;
      case 'refuse':
        call?.listener.onRefused({ attempt, reason: command.reason, message: 'No.', retryAfterMs: 0 });
        break;
      case 'start':
        this.#tell(call, command.whose, {
          $case: 'started',
          value: {
            timestampBaseUs: command.timestampBaseUs,
            videoCodec: 'h264',
            width: 1280,
            height: 720,
            fps: 30,
            audioCodec: 'aac',
          },
        });
        break;
      case 'progress':
        this.#tell(call, command.whose, { $case: 'progress', value: sampleProgress(1, 1, command.lastTimestampUs) });
        break;
      case 'rendition': {
        const name = this.orders.at(-1)?.renditions[command.number]?.name;
        if (name === undefined) break;
        this.#tell(call, command.whose, renditionEvent(name, command.becomes));
        break;
      }
      case 'end':
        this.#end(call, command);
        break;
      case 'receipt':
        this.#issue(call, command);
        break;
      case 'withhold':
        this.#isOverdue = command.overdue;
        break;
      case 'break':
        if (call === undefined) break;
        this.#openCalls.delete(call);
        call.listener.onBroken(14, 'The connection broke.');
        break;
      case 'stopPaying':
        call?.listener.onPaymentStopped(sampleFault(command.fault, 'BALANCE_DISPUTED'));
        break;
      case 'pass':
        this.clock.pass(command.ms);
        break;
      case 'holdRevocations':
        this.adaptor.hold(command.hold);
        break;
      case 'cancel':
        this.job.cancel();
        break;
      case 'breakOff':
        this.job.breakOff();
        break;
      case 'occupy': {
        const address = [...this.#there.keys()][command.orchestrator];
        if (address !== undefined && !this.#distrusted.has(address)) this.#there.set(address, command.isThere);
        break;
      }
      case 'distrust': {
        const address = [...this.#there.keys()][command.orchestrator];
        if (address !== undefined) this.#distrust(address);
      }
    }
  }

  /** As the broadcaster does: it is chosen no more, and whoever is there leaves. */
  #distrust(address: string): void {
    this.#there.set(address, false);
    this.#distrusted.add(address);
    this.job.distrust(address, sampleFault('orchestrator', 'VERIFICATION_FAILED'));
    const open = [...this.#openCalls].map((call) => call.address);
    expect(open, 'nobody stays where somebody cheats').not.toContain(address);
  }

  #end(call: OpenCall | undefined, { fault, code, whose, progress }: Extract<JobCommand, { do: 'end' }>): void {
    const isCurrent = whose === 'its own' && this.current !== undefined && this.accepted.has(this.current.attempt);
    const value = { ...(fault && { fault: sampleFault(fault, code) }), ...(progress && { progress }) };
    this.#tell(call, whose, { $case: 'ended', value });
    if (call === undefined || !isCurrent) return;
    if (fault === 'source') this.#isSourceAtFault = true;
    if (fault === 'source' || fault === undefined) expect(this.outcome, 'no other attempt helps').toBeDefined();
  }

  #issue(call: OpenCall | undefined, { holds, whose }: Extract<JobCommand, { do: 'receipt' }>): void {
    const attempt = this.orders.at(-1)?.attempt ?? 0;
    const isCurrent = whose === 'its own' && this.current !== undefined && this.accepted.has(attempt);
    const heard = this.events.length;
    this.#receiptHolds = holds;
    call?.listener.onReceipt(whose === 'its own' ? attempt : attempt - 1, sampleReceipt);
    const told = this.events.slice(heard).map(({ type }) => type);
    if (call === undefined || !isCurrent) expect(told, 'a replaced attempt has no receipts').toEqual([]);
    else if (holds) expect(told).toEqual(['receipt']);
    else expect(told, 'what does not hold ends the attempt').not.toContain('receipt');
  }

  /** A double of what is in writing: receipts hold or not as the test says. */
  #sign(order: ValidOrder): Evidence {
    return {
      order,
      take: () =>
        this.#receiptHolds
          ? { valid: true, receipt: sampleReceipt.message, hash: '0x' }
          : { valid: false, code: 'RECEIPT_WRONG_SIGNER', message: 'It is not.' },
      isOverdue: () => this.#isOverdue,
      isClosed: true,
    };
  }

  #tell(call: OpenCall | undefined, whose: Whose, event: AttemptEventBody): void {
    const attempt = this.orders.at(-1)?.attempt ?? 0;
    const heard = this.events.length;
    call?.listener.onEvent(whose === 'its own' ? attempt : attempt - 1, event);
    if (whose === 'an older') expect(this.events.length, 'a replaced attempt changes nothing').toBe(heard);
  }

  #choose(tried: ReadonlySet<string>) {
    expect(this.#openCalls.size, 'one call at a time').toBe(0);
    const addresses = [...this.#there.keys()].filter((address) => this.#there.get(address) && !tried.has(address));
    return addresses.map((address) => ({
      address,
      terms: { orchestrator: sampleSigners.orchestrator.address, price: { wei: 1, pixels: 1 } },
      runJob: (listener: CallListener) => this.#runJob(address, listener),
    }));
  }

  #runJob(address: string, listener: CallListener) {
    expect(this.outcome, 'nobody is asked behind the end').toBeUndefined();
    expect(this.#distrusted, 'who cheats is not asked').not.toContain(address);
    const call: OpenCall = { address, listener };
    this.#openCalls.add(call);
    const usable = () => {
      expect(this.#openCalls, 'a call that is over is not used').toContain(call);
    };
    return {
      order: (order: ValidOrder) => {
        usable();
        this.#ordered(order);
      },
      cancel: usable,
      verified: usable,
      close: () => {
        this.#openCalls.delete(call);
      },
    };
  }

  #ordered(order: ValidOrder): void {
    expect(this.outcome, 'nothing is ordered behind the end').toBeUndefined();
    expect(orderSchema.safeParse(order), 'an order that every node takes').toMatchObject({ success: true });
    expect(this.adaptor.isAdmitted(order.attempt), 'an attempt may publish').toBe(true);
    const before = this.orders.at(-1);
    expect(order.attempt).toBe((before?.attempt ?? 0) + 1);
    expect(order.timestampBaseUs, "the first attempt's timeline").toBe(this.#timestampBaseUs);
    expect(order.resumeAtUs ?? -Infinity).toBeGreaterThanOrEqual(before?.resumeAtUs ?? -Infinity);
    for (const { name } of order.renditions)
      expect(this.#settled, 'what is settled is not made again').not.toContain(name);
    this.orders.push(order);
  }

  #hear(event: JobEvent): void {
    expect(this.outcome, 'nothing is told behind the end').toBeUndefined();
    this.events.push(event);
    switch (event.type) {
      case 'accepted':
        expect(this.accepted, 'an attempt is accepted once').not.toContain(event.attempt);
        this.accepted.add(event.attempt);
        this.#acceptedAtMs = this.clock.nowMs;
        break;
      case 'started':
        this.#timestampBaseUs ??= event.source.timestampBaseUs;
        break;
      case 'renditionFailed':
      case 'renditionFinished':
        expect(this.#settled, 'what became of a rendition is told once').not.toContain(event.rendition);
        this.#settled.add(event.rendition);
        break;
      case 'failover':
        this.#failedOver(event.cause);
        break;
      case 'urls':
      case 'firstFrame':
      case 'progress':
      case 'receipt':
      case 'verification':
      case 'warning':
      case 'finished':
      case 'failed':
      case 'cancelled':
    }
    if ('attempt' in event) expect(this.accepted, 'only what was accepted has events').toContain(event.attempt);
  }

  #failedOver({ class: faultClass, code }: Fault): void {
    expect(this.#isSourceAtFault, 'a source at fault moves nobody').toBe(false);
    if (this.clock.nowMs - this.#acceptedAtMs >= 60_000) [this.#failuresInARow, this.#crashesInARow] = [0, 0];
    if (faultClass !== FaultClass.FAULT_CLASS_TRANSCODER && faultClass !== FaultClass.FAULT_CLASS_ORCHESTRATOR) return;
    if (code !== 'TRANSCODER_DRAINING') this.#failuresInARow += 1;
    if (code === 'WORKER_CRASHED' && faultClass === FaultClass.FAULT_CLASS_TRANSCODER) this.#crashesInARow += 1;
    expect(this.#failuresInARow).toBeLessThan(this.maxAttempts);
    expect(this.#crashesInARow).toBeLessThan(2);
  }

  /** Lets what was promised come about, and looks whether all is as it should be. */
  async #settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    expect(this.#openCalls.size, 'one call at a time').toBeLessThanOrEqual(1);
    expect(this.clock.timers, 'one timer at a time').toBeLessThanOrEqual(1);
    expect(this.adaptor.admitted.length, 'one attempt at a time').toBeLessThanOrEqual(1);
    if (this.outcome === undefined) {
      const isWaiting = this.clock.timers > 0 || this.adaptor.isWaitedFor || this.current !== undefined;
      expect(isWaiting, 'a job that is not over waits for something').toBe(true);
      return;
    }
    expect(this.#openCalls.size, 'no call is left behind the end').toBe(0);
    expect(this.clock.timers, 'no timer is left behind the end').toBe(0);
    expect(this.adaptor.admitted, 'nobody may publish behind the end').toEqual([]);
  }
}

const sampleReceipt: IssuedReceipt = {
  message: {
    ticket: noReceipt,
    index: 0,
    previous: noReceipt,
    sources: [],
    renditions: [],
    leftOut: [],
    final: false,
  },
  signature: '0x',
  tracks: { sources: [], renditions: [] },
};

function renditionEvent(name: string, becomes: 'started' | 'failed' | 'finished'): AttemptEventBody {
  switch (becomes) {
    case 'started':
      return { $case: 'renditionStarted', value: { name, sinceSourceFirstByteMs: 1 } };
    case 'failed':
      return { $case: 'renditionFailed', value: { name, fault: sampleFault('output') } };
    case 'finished':
      return { $case: 'renditionFinished', value: { name } };
  }
}

export function isOutcome({ type }: JobEvent): boolean {
  return type === 'finished' || type === 'failed' || type === 'cancelled';
}
