import type { WriteStream } from 'node:tty';

import type { RenditionPlan, SourceInfo, TranscodeEvent } from '../transcoder/events.js';
import type { Progress } from '../transcoder/result.js';

import { failureText } from './failure-text.js';
import { inkFor, printable } from './ink.js';
import type { JobReport } from './job-report.js';
import { renditionTable, sourceLine } from './rendition-table.js';
import { Screen } from './screen.js';
import { resultOf, type Ending } from './standing.js';
import { ToldFailures } from './told-failures.js';

/** The live table of a terminal, with failures and warnings printed above it. */
export class TableReport implements JobReport {
  readonly #terminal: WriteStream;
  readonly #screen: Screen;
  readonly #verbose: boolean;
  #source: SourceInfo | undefined;
  #plans: readonly RenditionPlan[] = [];
  #progress: Progress | undefined;
  #ending: Ending | undefined;
  readonly #told = new ToldFailures();

  constructor(terminal: WriteStream, { verbose }: { verbose: boolean }) {
    this.#terminal = terminal;
    this.#screen = new Screen(terminal);
    this.#verbose = verbose;
    terminal.on('resize', this.#draw);
    this.#draw();
  }

  event(event: TranscodeEvent): void {
    const ink = inkFor(this.#terminal);
    switch (event.type) {
      case 'started':
        this.#source = event.source;
        this.#plans = event.renditions;
        this.#draw();
        break;
      case 'renditionFailed':
        this.#told.add(event.error);
        this.#screen.print(failureText(event.error, this.#terminal, event.name));
        break;
      case 'warning':
        this.#screen.print(`${ink.yellow('warning:')} ${printable(event.message)} ${ink.dim(event.code)}\n`);
        break;
      case 'log':
        if (!this.#verbose) break;
        this.#screen.print(`${ink.dim(`${event.level} ${printable(event.source)}: ${printable(event.message)}`)}\n`);
        break;
      case 'progress':
        this.#progress = event;
        this.#draw();
        break;
      case 'ended':
        this.#progress = event.result;
        this.#source = event.result.source;
        this.#end('ended');
        break;
      case 'essence': // no command asks for it
      case 'renditionStarted':
      case 'renditionFinished':
        // The table's state column says so.
        break;
    }
  }

  failed(error: unknown): void {
    if (!this.#told.has(error)) this.#screen.print(failureText(error, this.#terminal));
    else if (this.#told.count > 1) this.remark('No rendition is left.');
    this.#progress = resultOf(error) ?? this.#progress;
    this.#end('failed');
  }

  brokenOff(): void {
    this.#end('broken off');
  }

  remark(text: string): void {
    this.#screen.print(`millrace: ${text}\n`);
  }

  close(): void {
    this.#terminal.off('resize', this.#draw);
    this.#screen.close();
  }

  /** The table stays as the last word, unless it has nothing to say. */
  #end(ending: Ending): void {
    this.#ending = ending;
    if (this.#source !== undefined) this.#draw();
    else this.#screen.draw([]);
  }

  readonly #draw = (): void => {
    const lines = [sourceLine(this.#source, this.#progress)];
    if (this.#progress !== undefined) {
      const look = { width: this.#screen.width - 1, ink: inkFor(this.#terminal), ending: this.#ending };
      lines.push(...renditionTable(this.#progress, this.#plans, look));
    }
    this.#screen.draw(lines);
  };
}
