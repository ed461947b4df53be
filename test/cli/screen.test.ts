/* eslint-disable no-control-regex -- these codes are what a terminal reads */
import type { WriteStream } from 'node:tty';

import { describe, expect, it } from 'vitest';

import { Screen } from '../../src/cli/screen.js';

/** A control sequence, a line break, or text up to the next of either. */
const tokens = /\u001b\[\??\d*[A-Za-z]|\n|\r|[^\u001b\n\r]+/g;

/** Stands in for a terminal: takes what is written and obeys the few codes that the screen uses. */
class FakeTerminal {
  columns = 40;
  cursorVisible = true;
  lines = [''];
  #row = 0;

  write(text: string): boolean {
    for (const [token] of text.matchAll(tokens)) this.#take(token);
    return true;
  }

  #take(token: string): void {
    const up = /^\u001b\[(\d+)A$/.exec(token);
    if (up) this.#row = Math.max(0, this.#row - Number(up[1]));
    else if (token === '\u001b[J') this.lines.splice(this.#row, Infinity, '');
    else if (token === '\u001b[?25l') this.cursorVisible = false;
    else if (token === '\u001b[?25h') this.cursorVisible = true;
    else if (token === '\n') this.lines[++this.#row] ??= '';
    else if (token !== '\r') this.lines[this.#row] = (this.lines[this.#row] ?? '') + token;
  }
}

function open() {
  const terminal = new FakeTerminal();
  return { terminal, screen: new Screen(terminal as unknown as WriteStream) };
}

describe('Screen', () => {
  it('replaces its lines in place', () => {
    const { terminal, screen } = open();
    screen.draw(['one', 'two']);
    screen.draw(['three', 'four']);
    expect(terminal.lines).toEqual(['three', 'four', '']);
  });

  it('prints above its lines', () => {
    const { terminal, screen } = open();
    screen.draw(['one', 'two']);
    screen.print('a warning\n');
    screen.draw(['three', 'four']);
    expect(terminal.lines).toEqual(['a warning', 'three', 'four', '']);
  });

  it('cuts lines to the width of the terminal', () => {
    const { terminal, screen } = open();
    screen.draw(['x'.repeat(100)]);
    expect(terminal.lines[0]).toBe(`${'x'.repeat(38)}…`);
  });

  it('counts the rows that lines take up on a terminal made narrower', () => {
    const { terminal, screen } = open();
    const written: string[] = [];
    screen.draw(['x'.repeat(30), 'y'.repeat(10)]);
    terminal.columns = 20;
    terminal.write = (text) => written.push(text) > 0;
    screen.draw(['z']);
    expect(written.join('')).toContain('\u001b[3A');
  });

  it('hides the cursor while it is up and gives it back', () => {
    const { terminal, screen } = open();
    screen.draw(['one']);
    expect(terminal.cursorVisible).toBe(false);
    screen.close();
    expect(terminal.cursorVisible).toBe(true);
    expect(terminal.lines).toEqual(['one', '']);
  });

  it('leaves no listener behind', () => {
    const before = process.listenerCount('exit');
    const { screen } = open();
    screen.draw(['one']);
    screen.close();
    expect(process.listenerCount('exit')).toBe(before);
  });
});
