import { loadAddon } from '../addon.js';
import type { NativeError, NativeEvent, NativeFailure, NativeJob } from '../addon.js';
import { TranscodeError } from './error.js';
import type { TranscodeEvent } from './events.js';
import { InputStream } from './input-stream.js';
import { OutputStream } from './output-stream.js';
import type { RenditionResult, TranscodeResult } from './result.js';
import type { ValidJob } from './validate-options.js';

/** What a job tells its transcoder. One of the last two ends it; by then none of its threads is left. */
export type JobEvent =
  | Exclude<TranscodeEvent, { type: 'ended' }>
  | { type: 'succeeded'; result: TranscodeResult }
  | { type: 'failed'; error: TranscodeError };

/** One native job, and the Node streams that it reads and writes. */
export class Job {
  readonly #onEvent: (event: JobEvent) => void;
  readonly #native: NativeJob;
  readonly #input: InputStream | undefined;
  /** By the rendition's name. */
  readonly #outputs = new Map<string, OutputStream>();
  /** By the rendition's name. */
  readonly #failures = new Map<string, TranscodeError>();
  /** Told when no thread is left. */
  #end: EndEvent | undefined;
  #onClosed!: () => void;

  /** Resolves when no native thread is left and the streams are let go of. */
  readonly closed = new Promise<void>((resolve) => {
    this.#onClosed = resolve;
  });

  /** @throws {TranscodeError} `ADDON_UNAVAILABLE` when the addon cannot be loaded. */
  static start(options: ValidJob, onEvent: (event: JobEvent) => void): Job {
    return new Job(options, onEvent);
  }

  private constructor(options: ValidJob, onEvent: (event: JobEvent) => void) {
    this.#onEvent = onEvent;
    const addon = loadAddon();
    const { stream: source, ...input } = options.input;
    if (source) this.#input = new InputStream(source, addon);
    const renditions = options.renditions.map(({ output: { stream: target, ...output }, ...rendition }) => {
      if (!target) return { ...rendition, output };
      const stream = new OutputStream(target, addon);
      this.#outputs.set(rendition.name, stream);
      return { ...rendition, output: { ...output, stream: stream.native } };
    });
    try {
      this.#native = new addon.Job(
        { ...options, input: this.#input ? { ...input, stream: this.#input.native } : input, renditions },
        (events) => {
          for (const event of events) this.#receive(event);
        },
      );
      this.#native.start();
    } catch (error) {
      this.#closeStreams();
      throw error;
    }
    this.#input?.start();
  }

  /** Ends the source here, and finishes every output. */
  stop(): void {
    this.#native.stop();
  }

  /** Breaks everything off. Returns at once; `closed` follows. */
  cancel(): void {
    this.#native.cancel();
  }

  #receive(event: NativeEvent): void {
    switch (event.type) {
      case 'renditionFailed':
        this.#onEvent({ type: 'renditionFailed', name: event.name, error: this.#failureOf(event) });
        break;
      case 'ended':
        this.#end = this.#endOf(event);
        break;
      case 'closed':
        this.#closeStreams();
        if (this.#end) this.#onEvent(this.#end);
        this.#onClosed();
        break;
      case 'started':
      case 'renditionStarted':
      case 'renditionFinished':
      case 'warning':
      case 'log':
      case 'progress':
      case 'essence':
        this.#onEvent(event);
    }
  }

  #closeStreams(): void {
    this.#input?.close();
    for (const output of this.#outputs.values()) output.close();
  }

  #endOf({ error, failures, result }: NativeEnded): EndEvent {
    for (const failure of failures) this.#failureOf(failure);
    const fallback = toTranscodeError(error ?? unexplained, error && this.#streamErrorBehind(error));
    const renditions = result.renditions.map((progress): RenditionResult => {
      const failure = this.#failures.get(progress.name);
      if (!failure && progress.state === 'finished') return { ...progress, state: 'finished' };
      return { ...progress, state: 'failed', error: failure ?? fallback };
    });
    const summary: TranscodeResult = { ...result, renditions };
    if (!error) return { type: 'succeeded', result: summary };
    return { type: 'failed', error: toTranscodeError(error, fallback.cause, summary) };
  }

  /** A rendition's failure is one error, in its event and in the result. */
  #failureOf({ name, error }: NativeFailure): TranscodeError {
    const known = this.#failures.get(name);
    if (known) return known;
    const failure = toTranscodeError(error, this.#streamErrorBehind(error, name));
    this.#failures.set(name, failure);
    return failure;
  }

  /** The Node stream's own error, which native code knows only by its message. */
  #streamErrorBehind({ code, stage }: NativeError, name?: string): Error | undefined {
    if (code !== 'STREAM_FAILED') return undefined;
    if (stage === 'source') return this.#input?.error;
    const outputs = name === undefined ? [...this.#outputs.values()] : [this.#outputs.get(name)];
    return outputs.find((output) => output?.error)?.error;
  }
}

type NativeEnded = Extract<NativeEvent, { type: 'ended' }>;
type EndEvent = Extract<JobEvent, { type: 'succeeded' | 'failed' }>;

const unexplained: NativeError = {
  code: 'INTERNAL',
  stage: 'job',
  message: 'The rendition did not finish, and nothing said why. This is a defect of Millrace.',
  retryable: false,
};

/** The error that a caller sees, for the one that native code tells. `cause`: where it is better known here. */
export function toTranscodeError(error: NativeError, cause: unknown, result?: TranscodeResult): TranscodeError {
  const { message, cause: words, ...details } = error;
  return new TranscodeError(message, {
    ...details,
    ...(result && { result }),
    cause: cause ?? (words === undefined ? undefined : new Error(words)),
  });
}
