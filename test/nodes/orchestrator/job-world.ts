import { expect } from 'vitest';

import type { Choice } from '../../../src/nodes/orchestrator/choose-transcoder.js';
import { OrchestratedJob, type Assignee } from '../../../src/nodes/orchestrator/job.js';
import { FaultClass, type AttemptEventBody, type AttemptKey } from '../../../src/rpc/attempt-event.js';
import type { RunJobResponse } from '../../../src/rpc/generated/millrace/v1/orchestrator.js';
import type { ValidOrder } from '../../../src/rpc/order.js';
import { sampleFault, sampleOrder, sampleProgress, sampleWindow, type FaultWord } from '../wire-samples.js';

const cancelled = FaultClass.FAULT_CLASS_CANCELLED;

/** Stands for a transcoder. What the job does to it is held to the order in which it may be done. */
export class TranscoderDouble implements Assignee<TranscoderDouble> {
  readonly name: string;
  isFree = true;
  /** What it is at, as far as the orchestrator has told it. */
  held: ValidOrder | undefined;
  assigned = 0;
  released = 0;
  readonly revoked: AttemptKey[] = [];

  constructor(name: string) {
    this.name = name;
  }

  assign(order: ValidOrder): void {
    expect(this.held, 'one attempt of a job at a time').toBeUndefined();
    this.held = order;
    this.assigned += 1;
  }

  revoke({ jobId, attempt }: AttemptKey): void {
    expect(this.held, 'only what it has is revoked').toMatchObject({ jobId, attempt });
    this.revoked.push({ jobId, attempt });
  }

  release({ jobId, attempt }: AttemptKey): void {
    expect(this.held, 'only what it has is released').toMatchObject({ jobId, attempt });
    this.held = undefined;
    this.released += 1;
  }
}

/** Which attempt a transcoder speaks of. */
export type Whose = 'its own' | 'an older' | 'a later';

/** The number of a transcoder, or whichever has the attempt. */
export type From = 0 | 1 | 2 | 'holder';

/** Something that happens to a job at the orchestrator. */
export type JobCommand =
  | { do: 'order'; repeated: boolean; dear: boolean }
  | { do: 'cancel'; finish: boolean }
  | { do: 'leave' }
  | { do: 'accept' | 'refuse'; from: From; whose: Whose }
  | { do: 'progress'; from: From; whose: Whose; encodes: boolean }
  /** It tells of a window that nobody signs for. */
  | { do: 'boast'; from: From; whose: Whose }
  | { do: 'end'; from: From; whose: Whose; fault: FaultWord | undefined }
  | { do: 'lose'; from: From; byItsFault: boolean }
  | { do: 'goUnpaid' }
  | { do: 'pass'; ms: number }
  | { do: 'occupy'; from: From; isFree: boolean };

/** A job among doubles of transcoders, with every rule about it checked as it goes. */
export class JobWorld {
  readonly transcoders = [
    new TranscoderDouble('first'),
    new TranscoderDouble('second'),
    new TranscoderDouble('third'),
  ] as const;
  readonly said: NonNullable<RunJobResponse['response']>[] = [];
  readonly accepted = new Set<number>();
  readonly ended = new Set<number>();
  /** Attempts whose end the metrics were told. */
  readonly counted: number[] = [];
  hangUps = 0;
  readonly #job: OrchestratedJob<TranscoderDouble>;
  /** Those that must not be chosen again. */
  readonly #failed = new Set<TranscoderDouble>();
  /** The one that is about to lose its attempt by a fault. */
  #suspect: TranscoderDouble | undefined;
  #cancelAsked = false;
  #nowMs = 0;
  #attempt = 0;
  #sourceAccessUnits = 0;
  #framesEncoded = 0;

  constructor() {
    this.#job = new OrchestratedJob<TranscoderDouble>({
      price: { wei: 10, pixels: 1 },
      stallTimeoutMs: 1500,
      now: () => this.#nowMs,
      choose: (_order, except) => this.#choose(except),
      objectionTo: ({ $case }) => ($case === 'windowClosed' ? sampleFault('transcoder', 'WINDOW_REFUSED') : undefined),
      say: (response) => {
        this.#hear(response);
      },
      hangUp: () => {
        this.hangUps += 1;
      },
      attemptEnded: () => {
        expect(this.hangUps, 'nothing ends behind the end').toBe(0);
        this.counted.push(this.#attempt);
      },
    });
  }

  get holder(): TranscoderDouble | undefined {
    return this.transcoders.find(({ held }) => held !== undefined);
  }

  run(command: JobCommand): void {
    const before = this.#snapshot();
    const changesNothing = this.hangUps > 0 || this.#isForeign(command);
    const { holder } = this;
    const attempt = holder?.held?.attempt;
    if (holder !== undefined && this.#isFailure(command)) this.#suspect = holder;
    this.#apply(command);
    this.#suspect = undefined;
    if (changesNothing) expect(this.#snapshot()).toEqual(before);
    if (holder !== undefined && holder.held === undefined) {
      if (this.#isFailure(command)) this.#failed.add(holder);
      if (command.do !== 'end' && command.do !== 'refuse')
        expect(holder.revoked, 'what it does not know to be over is revoked').toContainEqual({ jobId: 'job', attempt });
    }
    this.#check();
  }

  #apply(command: JobCommand): void {
    switch (command.do) {
      case 'order':
        this.#order(command);
        break;
      case 'cancel':
        this.#cancelAsked = true;
        this.#job.cancel(command.finish);
        break;
      case 'leave':
        this.#job.broadcasterLeft();
        break;
      case 'accept':
        this.#job.accepted(this.#at(command.from), this.#number(command.whose));
        break;
      case 'refuse':
        this.#job.refused(this.#at(command.from), this.#number(command.whose));
        break;
      case 'progress':
        this.#sourceAccessUnits += 10;
        if (command.encodes) this.#framesEncoded += 10;
        this.#tell(command, {
          $case: 'progress',
          value: sampleProgress(this.#sourceAccessUnits, this.#framesEncoded),
        });
        break;
      case 'boast':
        this.#tell(command, { $case: 'windowClosed', value: sampleWindow('P360p30fps16x9', 0, false) });
        break;
      case 'end': {
        const fault = command.fault === undefined ? undefined : sampleFault(command.fault);
        this.#tell(command, { $case: 'ended', value: fault === undefined ? {} : { fault } });
        break;
      }
      case 'lose':
        this.#job.transcoderLost(this.#at(command.from), sampleFault('transcoder', 'LOST'), command.byItsFault);
        break;
      case 'goUnpaid':
        this.#job.unpaid();
        break;
      case 'pass':
        this.#nowMs += command.ms;
        this.#job.tick();
        break;
      case 'occupy':
        this.#at(command.from).isFree = command.isFree;
    }
  }

  #order({ repeated, dear }: Extract<JobCommand, { do: 'order' }>): void {
    const isRepeated = repeated && this.#attempt > 0;
    const attempt = isRepeated ? this.#attempt : this.#attempt + 1;
    // While an attempt runs, another order is turned away, and its number is still to come.
    if (this.holder === undefined) this.#attempt = attempt;
    this.#job.order(sampleOrder({ attempt, maxPrice: { wei: dear ? 9 : 10, pixels: 1 } }));
  }

  #tell({ from, whose }: { from: From; whose: Whose }, event: AttemptEventBody): void {
    this.#job.event(this.#at(from), this.#number(whose), event);
  }

  #at(from: From): TranscoderDouble {
    const [first, second, third] = this.transcoders;
    return { holder: this.holder ?? first, 0: first, 1: second, 2: third }[from];
  }

  #number(whose: Whose): number {
    return this.#attempt + { 'its own': 0, 'an older': -1, 'a later': 1 }[whose];
  }

  /** Whether it comes from a transcoder that does not have the attempt it speaks of. */
  #isForeign(command: JobCommand): boolean {
    if (command.do === 'lose') return this.#at(command.from).held === undefined;
    if (!('whose' in command)) return false;
    return this.#at(command.from).held?.attempt !== this.#number(command.whose);
  }

  /** Whether a transcoder that loses its attempt by this is not to have another one of the job. */
  #isFailure(command: JobCommand): boolean {
    if (command.do === 'end')
      return command.fault === 'transcoder' || (command.fault === 'cancelled' && !this.#cancelAsked);
    return ['refuse', 'lose', 'pass', 'progress', 'boast'].includes(command.do);
  }

  #choose(except: ReadonlySet<TranscoderDouble>): Choice<TranscoderDouble> {
    expect(this.holder, 'an attempt is released before the next is assigned').toBeUndefined();
    for (const failed of this.#failed) expect(except).toContain(failed);
    if (this.#suspect !== undefined) expect(except).toContain(this.#suspect);
    const transcoder = this.transcoders.find((candidate) => candidate.isFree && !except.has(candidate));
    return transcoder === undefined ? { none: 'full' } : { transcoder };
  }

  #hear(response: NonNullable<RunJobResponse['response']>): void {
    expect(this.hangUps, 'nothing is said behind the end').toBe(0);
    this.said.push(response);
    if (response.$case === 'accepted') {
      expect(this.accepted).not.toContain(response.value.attempt);
      this.accepted.add(response.value.attempt);
    }
    if (response.$case !== 'event') return;
    const { attempt, event } = response.value;
    expect(this.ended, 'nothing is told of an attempt that has ended').not.toContain(attempt);
    if (event?.$case === 'ended') {
      this.ended.add(attempt);
      const { fault } = event.value;
      if (!this.#cancelAsked) expect(fault?.class, 'only the broadcaster cancels').not.toBe(cancelled);
    } else expect(this.accepted, 'only what was accepted has events').toContain(attempt);
  }

  #check(): void {
    expect(this.hangUps).toBeLessThanOrEqual(1);
    const held = this.transcoders.filter((transcoder) => transcoder.held !== undefined);
    expect(held.length, 'one attempt at a time').toBeLessThanOrEqual(1);
    if (this.hangUps > 0) expect(held).toEqual([]);
    expect(new Set(this.counted).size, 'an attempt ends once').toBe(this.counted.length);
    for (const attempt of this.accepted) {
      const isRunning = held.some((transcoder) => transcoder.held?.attempt === attempt);
      const hasEnded = this.counted.includes(attempt);
      expect(isRunning, 'what was accepted runs until it has ended').toBe(!hasEnded);
      // A broadcaster that has left is told nothing.
      if (hasEnded && this.hangUps === 0) expect(this.ended).toContain(attempt);
    }
  }

  #snapshot() {
    return {
      said: this.said.length,
      hangUps: this.hangUps,
      counted: this.counted.length,
      transcoders: this.transcoders.map(({ held, assigned, released, revoked }) => ({
        held,
        assigned,
        released,
        revoked: revoked.length,
      })),
    };
  }
}
