import type { EndedEvent, TranscodeEvent } from './events.js';

const maxLogLines = 1000;

interface Waiting {
  resolve: (result: IteratorResult<TranscodeEvent, undefined>) => void;
  reject: (reason: unknown) => void;
}

/**
 * The events of a job, kept until the loop over them asks. A slow loop loses progress (the newest wins) and old log
 * lines, so what is kept is bounded by the job and not by its length.
 */
export class EventIterator implements AsyncIterableIterator<TranscodeEvent, undefined> {
  readonly #abandon: () => Promise<void>;
  #events: TranscodeEvent[] = [];
  #waiting: Waiting[] = [];
  #end: 'none' | 'done' | { reason: unknown } = 'none';

  /** @param abandon called when the loop is left; the iterator returns when it has resolved. */
  constructor(abandon: () => Promise<void>) {
    this.#abandon = abandon;
  }

  push(event: TranscodeEvent): void {
    if (this.#end !== 'none') return;
    const waiting = this.#waiting.shift();
    if (waiting) {
      waiting.resolve({ done: false, value: event });
      return;
    }
    if (event.type === 'progress') this.#forgetFirst('progress', 1);
    if (event.type === 'log') this.#forgetFirst('log', maxLogLines);
    this.#events.push(event);
  }

  end(event: EndedEvent): void {
    this.push(event);
    this.#finish('done');
  }

  /** What was kept is still yielded; then the iteration throws. */
  fail(reason: unknown): void {
    this.#finish({ reason });
  }

  next(): Promise<IteratorResult<TranscodeEvent, undefined>> {
    const event = this.#events.shift();
    if (event) return Promise.resolve({ done: false, value: event });
    if (this.#end === 'none') return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    if (this.#end === 'done') return Promise.resolve({ done: true, value: undefined });
    const { reason } = this.#end;
    this.#end = 'done';
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort's reason can be anything
    return Promise.reject(reason);
  }

  async return(): Promise<IteratorResult<TranscodeEvent, undefined>> {
    this.#events = [];
    this.#finish('done');
    await this.#abandon();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(end: 'done' | { reason: unknown }): void {
    if (this.#end !== 'none') return;
    this.#end = end;
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (this.#end !== 'done') reject(this.#end.reason);
      else resolve({ done: true, value: undefined });
      this.#end = 'done';
    }
  }

  #forgetFirst(type: TranscodeEvent['type'], kept: number): void {
    const ofType = this.#events.filter((event) => event.type === type);
    if (ofType[0] && ofType.length >= kept) this.#events.splice(this.#events.indexOf(ofType[0]), 1);
  }
}
