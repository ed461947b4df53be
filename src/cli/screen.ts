import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';

/**
 * A block of lines at the bottom of a terminal that is redrawn in place, with room to print above it. The cursor is
 * hidden while the block is up, and comes back with `close()` or when the process exits.
 */
export class Screen {
  readonly #terminal: WriteStream;
  #lines: readonly string[] = [];
  #open = false;

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
  }

  /** Columns of the terminal as it is now. */
  get width(): number {
    return this.#terminal.columns || 80;
  }

  /** Replaces the block. Lines longer than the terminal is wide are cut. */
  draw(lines: readonly string[]): void {
    if (!this.#open) {
      this.#open = true;
      process.on('exit', this.#showCursor);
      this.#terminal.write('\u001b[?25l');
    }
    const fitting = lines.map((line) => cut(line, this.width - 1));
    this.#terminal.write(`${this.#erasing()}${fitting.map((line) => `${line}\n`).join('')}`);
    this.#lines = fitting;
  }

  /** Prints text above the block; `text` ends with a line break. */
  print(text: string): void {
    const lines = this.#lines;
    this.#terminal.write(`${this.#erasing()}${text}`);
    this.#lines = [];
    if (lines.length > 0) this.draw(lines);
  }

  /** Leaves the block as it last was and gives the cursor back. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.#showCursor);
    this.#showCursor();
    this.#lines = [];
  }

  /** Moves to the start of the block and clears from there: a terminal made narrower has wrapped its lines. */
  #erasing(): string {
    const rows = this.#lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(visible(line) / this.width)), 0);
    return rows === 0 ? '' : `\u001b[${rows}A\r\u001b[J`;
  }

  readonly #showCursor = (): void => {
    this.#terminal.write('\u001b[?25h');
  };
}

function visible(line: string): number {
  return stripVTControlCharacters(line).length;
}

/** The first `width` columns; a line that must be cut loses its colours, lest one of them stays on. */
function cut(line: string, width: number): string {
  return visible(line) <= width ? line : `${stripVTControlCharacters(line).slice(0, Math.max(0, width - 1))}…`;
}
