import type { Writable } from 'node:stream';

import { TranscodeError } from '../transcoder/error.js';
import type { TranscodeEvent } from '../transcoder/events.js';

import { failureJson } from './failure-text.js';
import type { JobReport } from './job-report.js';

/** Every event as one JSON object per line, as the library has them; a job that failed ends with `{"type":"failed"}`. */
export class JsonReport implements JobReport {
  readonly #out: Writable;
  readonly #talk: Writable;
  /** `verbose`: the libraries' log lines too. */
  readonly #options: { verbose: boolean };

  constructor(out: Writable, talk: Writable, options: { verbose: boolean }) {
    this.#out = out;
    this.#talk = talk;
    this.#options = options;
  }

  event(event: TranscodeEvent): void {
    if (event.type !== 'log' || this.#options.verbose) this.#line(event);
  }

  failed(error: unknown): void {
    this.#line({ type: 'failed', error: failureJson(error) });
  }

  brokenOff(): void {
    this.failed(new TranscodeError('The job was broken off.', { code: 'CANCELLED', stage: 'job' }));
  }

  remark(text: string): void {
    this.#talk.write(`millrace: ${text}\n`);
  }

  close(): void {
    // Holds nothing.
  }

  #line(value: object): void {
    const text = JSON.stringify(value, (_, field: unknown) => (field instanceof Error ? failureJson(field) : field));
    this.#out.write(`${text}\n`);
  }
}
