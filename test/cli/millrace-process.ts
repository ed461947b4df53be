import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../../bin/millrace.mjs', import.meta.url));

/** What a run of the command line left behind. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The command line as a user runs it, in a process of its own. */
export class MillraceProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #outcome: Promise<Outcome>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, [bin, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#outcome = once(this.#child, 'close').then(([code]) => ({
      code: code as number | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdin(): Writable {
    return this.#child.stdin;
  }

  /** Resolves when stdout or stderr holds what is looked for. */
  async said(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (found) return found[0];
      await this.until(Promise.race([once(this.#child.stdout, 'data'), once(this.#child.stderr, 'data')]));
    }
  }

  /** What the promise resolves with; rejects when the process ends first, with what it said. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const ended = this.#outcome.then(({ code, stderr }) => {
      throw new Error(`It ended with ${code} too early:\n${stderr}`);
    });
    return Promise.race([promise, ended]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<Outcome> {
    return this.#outcome;
  }
}

/** Runs the command line to its end. */
export async function millrace(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new MillraceProcess(args, env).ended();
}
