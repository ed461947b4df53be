import type { Writable } from 'node:stream';

import type { TranscodeEvent } from '../transcoder/events.js';
import type { Progress } from '../transcoder/result.js';

import { failureText } from './failure-text.js';
import { latency } from './figures.js';
import { printable } from './ink.js';
import type { JobReport } from './job-report.js';
import { describeSource, renditionLine } from './rendition-table.js';
import { resultOf, type Ending } from './standing.js';
import { ToldFailures } from './told-failures.js';

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
  readonly #told = new ToldFailures();
  #nextProgressMs = progressEveryMs;
  #started = false;
  #last: Progress | undefined;

  constructor(talk: Writable & { isTTY?: boolean }, options: LineReportOptions) {
    this.#talk = talk;
    this.#options = options;
  }

  event(event: TranscodeEvent): void {
    switch (event.type) {
      case 'started':
        this.#started = true;
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
        // Its last line says so, when it is known whether the source was whole.
        break;
      case 'renditionFailed':
        this.#told.add(event.error);
        this.#talk.write(failureText(event.error, this.#talk, event.name));
        break;
      case 'warning':
        this.#talk.write(`warning: ${printable(event.message)} (${event.code})\n`);
        break;
      case 'log':
        if (this.#options.verbose) this.#say(`${event.level} ${event.source}: ${event.message}`);
        break;
      case 'progress':
        this.#last = event;
        if (event.elapsedMs < this.#nextProgressMs) break;
        this.#nextProgressMs = event.elapsedMs + progressEveryMs;
        this.#progress(event);
        break;
      case 'ended':
        this.#progress(event.result, 'ended');
        break;
      case 'essence': // no command asks for it
    }
  }

  failed(error: unknown): void {
    if (this.#started) this.#progress(resultOf(error), 'failed');
    if (!this.#told.has(error)) this.#talk.write(failureText(error, this.#talk));
    else if (this.#told.count > 1) this.remark('No rendition is left.');
  }

  brokenOff(): void {
    this.#progress(this.#last, 'broken off');
  }

  remark(text: string): void {
    this.#talk.write(`millrace: ${text}\n`);
  }

  close(): void {
    // Holds nothing.
  }

  #progress(progress: Progress | undefined, ending?: Ending): void {
    for (const rendition of progress?.renditions ?? []) this.#say(renditionLine(rendition, ending));
  }

  #say(line: string): void {
    if (!this.#options.quiet) this.#talk.write(`${printable(line)}\n`);
  }
}
