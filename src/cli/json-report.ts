import type { Writable } from 'node:stream';

import type { TranscodeEvent } from '../transcoder/events.js';

import { failureJson } from './failure-text.js';
import type { JobReport } from './job-report.js';

/** Every event as one JSON object per line, as the library has them; a job that failed ends with `{"type":"failed"}`. */
export class JsonReport implements JobReport {
  readonly #out: Writable;
  readonly #talk: Writable;

  constructor(out: Writable, talk: Writable) {
    this.#out = out;
    this.#talk = talk;
  }

  event(event: TranscodeEvent): void {
    this.#line(event);
  }

  failed(error: unknown): void {
    this.#line({ type: 'failed', error: failureJson(error) });
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
