import type { Writable } from 'node:stream';

import type { TranscodeEvent } from '../transcoder/events.js';
import type { Progress } from '../transcoder/result.js';

import { failureText } from './failure-text.js';
import { latency } from './figures.js';
import { printable } from './ink.js';
import type { JobReport } from './job-report.js';
import { describeSource, renditionLine } from './rendition-table.js';

/** What a {@link LineReport} says besides failures and remarks. */
export interface LineReportOptions {
  /** Only failures, warnings and remarks. */
  quiet: boolean;
  /** The libraries' log lines too. */
  verbose: boolean;
}

/** Milliseconds between two progress lines of the same rendition. */
const progressEveryMs = 5_000;

/** Plain lines, for a file or a pipe: what happened, and every few seconds how each rendition does. */
export class LineReport implements JobReport {
  readonly #talk: Writable & { isTTY?: boolean };
  readonly #options: LineReportOptions;
  #nextProgressMs = progressEveryMs;

  constructor(talk: Writable & { isTTY?: boolean }, options: LineReportOptions) {
    this.#talk = talk;
    this.#options = options;
  }

  event(event: TranscodeEvent): void {
    switch (event.type) {
      case 'started':
        this.#say(`source: ${describeSource(event.source)}`);
        for (const { name, width, height, encoder, encode, container } of event.renditions) {
          const picture = encoder === undefined ? 'no picture' : `${width}x${height} by ${encoder} on ${encode}`;
          this.#say(`${name}: ${picture}, as ${container}`);
        }
        break;
      case 'renditionStarted':
        this.#say(`${event.name}: first byte sent ${latency(event.sinceSourceFirstByteMs)} after the source's`);
        break;
      case 'renditionFinished':
        this.#say(`${event.name}: finished`);
        break;
      case 'renditionFailed':
        this.#talk.write(failureText(event.error, this.#talk, event.name));
        break;
      case 'warning':
        this.#talk.write(`warning: ${printable(event.message)} (${event.code})\n`);
        break;
      case 'log':
        if (this.#options.verbose) this.#say(`${event.level} ${event.source}: ${event.message}`);
        break;
      case 'progress':
        if (event.elapsedMs < this.#nextProgressMs) break;
        this.#nextProgressMs = event.elapsedMs + progressEveryMs;
        this.#progress(event);
        break;
      case 'ended':
        this.#progress(event.result);
    }
  }

  failed(error: unknown): void {
    this.#talk.write(failureText(error, this.#talk));
  }

  remark(text: string): void {
    this.#talk.write(`millrace: ${text}\n`);
  }

  close(): void {
    // Holds nothing.
  }

  #progress(progress: Progress): void {
    for (const rendition of progress.renditions) this.#say(renditionLine(rendition));
  }

  #say(line: string): void {
    if (!this.#options.quiet) this.#talk.write(`${printable(line)}\n`);
  }
}
