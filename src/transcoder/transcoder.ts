import { EventEmitter } from 'node:events';

import { TranscodeError, misuse } from './error.js';
import { EventIterator } from './event-iterator.js';
import type { TranscodeEvent, TranscoderEvents } from './events.js';
import { Job } from './job.js';
import type { JobEvent } from './job.js';
import type { TranscoderOptions } from './options.js';
import type { TranscodeResult } from './result.js';
import { processJobs } from './spread-jobs.js';
import { validateOptions } from './validate-options.js';
import type { ValidOptions } from './validate-options.js';

/**
 * Transcodes one source into a ladder of renditions, each of which leaves for its output while the source is still
 * being made.
 *
 * A transcoder runs once. Start it with `run()`, or by iterating over it; either way it can be listened to:
 *
 * @example
 * const transcoder = new Transcoder({
 *   input: 'https://media.example/live/source.ts',
 *   renditions: [
 *     { profile: 'P720p30fps16x9', output: 'rtmp://media.example/live/a/720p' },
 *     { profile: { width: 640, height: 360, bitrate: 800_000 }, output: 'srt://media.example:9000?streamid=a360' },
 *   ],
 * });
 * transcoder.on('renditionFailed', ({ name, error }) => console.error(name, error.code, error.message));
 * const { renditions } = await transcoder.run();
 *
 * A running transcoder keeps the process alive. The job goes on undisturbed while JavaScript is busy, and while a
 * listener throws: what it threw becomes a `warning` event with the code `LISTENER_THREW`.
 */
export class Transcoder
  extends EventEmitter<TranscoderEvents>
  implements AsyncIterable<TranscodeEvent>, AsyncDisposable
{
  readonly #options: ValidOptions;
  readonly #outcome: Promise<TranscodeResult>;
  #resolve!: (result: TranscodeResult) => void;
  #reject!: (reason: unknown) => void;
  #state: 'new' | 'running' | 'settled' = 'new';
  #job: Job | undefined;
  #iterator: EventIterator | undefined;

  /**
   * Checks the options as a whole; nothing starts yet.
   *
   * @throws {TranscodeError} `OPTIONS_INVALID`, with a sentence that names the option, what it takes and what it got.
   */
  constructor(options: TranscoderOptions) {
    super();
    this.#options = validateOptions(options);
    this.#outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever only iterates, or only disposes, never looks at this promise; `run()` and `stop()` hand out their own.
    this.#outcome.catch(() => undefined);
  }

  /**
   * Starts the job, and resolves when the source has ended and every output has been finished; no thread or handle of
   * the job is left by then. A rendition can fail alone: the result says which did and why. Calling it again returns
   * the same outcome.
   *
   * @throws {TranscodeError} when no rendition is left; its `result` says how far the job came.
   * @throws the signal's reason, at once, when the signal is aborted. The job's threads then end in the background;
   *   `Symbol.asyncDispose` waits for them.
   */
  async run(): Promise<TranscodeResult> {
    this.#start();
    return this.#outcome;
  }

  /**
   * Ends the source here: what was read is encoded, and every output is finished properly. Resolves and rejects as
   * `run()` does.
   *
   * @throws {TranscodeError} `OPTIONS_INVALID` when the job was never started.
   */
  async stop(): Promise<TranscodeResult> {
    if (this.#state === 'new') throw misuse('stop() ends a job that is running, and this one was never started.');
    this.#job?.stop();
    return this.#outcome;
  }

  /**
   * Starts the job if nothing did, and yields its events. The last one is `ended`, with the result; where `run()` would
   * reject, the iteration throws the same. Leaving the loop early cancels the job. A loop that is slower than the job
   * misses progress and log lines, and nothing else.
   *
   * @throws {TranscodeError} `OPTIONS_INVALID` when this transcoder is or was iterated over already.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<TranscodeEvent> {
    if (this.#iterator) throw misuse('A transcoder can be iterated over only once.');
    this.#iterator = new EventIterator(() => this[Symbol.asyncDispose]());
    this.#outcome.then(
      (result) => this.#iterator?.end({ type: 'ended', result }),
      (reason: unknown) => this.#iterator?.fail(reason),
    );
    this.#start();
    return this.#iterator;
  }

  /**
   * Breaks the job off if it has not ended, which makes `run()` reject with `CANCELLED`, and resolves when none of its
   * threads is left. Never rejects.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#break(new TranscodeError('The job was cancelled before it ended.', { code: 'CANCELLED', stage: 'job' }));
    await this.#job?.closed;
  }

  #start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    const { signal } = this.#options;
    if (signal?.aborted) {
      this.#break(signal.reason);
      return;
    }
    const { job } = this.#options;
    const place = processJobs.place(job);
    try {
      this.#job = Job.start({ ...job, accel: place.accel }, (event) => {
        place.heard(event);
        this.#receive(event);
      });
    } catch (error) {
      place.ended();
      this.#break(error);
      return;
    }
    void this.#job.closed.then(place.ended);
    if (signal) {
      const onAbort = (): void => {
        this.#break(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      void this.#job.closed.then(() => {
        signal.removeEventListener('abort', onAbort);
      });
    }
  }

  /** Rejects at once; the native side follows in its own time. */
  #break(reason: unknown): void {
    if (this.#state === 'settled') return;
    this.#state = 'settled';
    this.#reject(reason);
    this.#job?.cancel();
  }

  #receive(event: JobEvent): void {
    if (this.#state === 'settled') return;
    switch (event.type) {
      case 'succeeded':
        this.#state = 'settled';
        this.#resolve(event.result);
        break;
      case 'failed':
        this.#break(event.error);
        break;
      case 'started':
      case 'renditionStarted':
      case 'renditionFailed':
      case 'renditionFinished':
      case 'warning':
      case 'log':
      case 'progress':
      case 'essence':
        this.#deliver(event);
    }
  }

  #deliver(event: Exclude<TranscodeEvent, { type: 'ended' }>): void {
    this.#iterator?.push(event);
    // Not emit(): the first listener to throw would keep the event from the others, and end up in the job.
    for (const listener of this.rawListeners(event.type)) {
      try {
        const returned: unknown = Reflect.apply(listener, this, [event]);
        if (returned instanceof Promise)
          returned.catch((error: unknown) => {
            this.#blameListener(event, error);
          });
      } catch (error) {
        this.#blameListener(event, error);
      }
    }
  }

  #blameListener(event: TranscodeEvent, thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (event.type === 'warning' || this.listenerCount('warning') === 0) {
      process.emitWarning(error);
      return;
    }
    const message = `A listener of '${event.type}' threw: ${error.stack ?? error.message}`;
    this.#deliver({ type: 'warning', code: 'LISTENER_THREW', message });
  }
}
