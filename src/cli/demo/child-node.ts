import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { settingNames, variableOf } from '../node-config/settings.js';

/** A line of a node's log. */
export type LogLine = Readonly<Record<string, unknown>>;

const longestComplaint = 16_384;

/** A `millrace node` in a process of its own. */
export class ChildNode implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** The first one of each role with each message: nobody asks for others, and it may run for days. */
  readonly #lines: LogLine[] = [];
  readonly #waiting = new Set<() => void>();
  #complaints = '';

  /** @param onExit called once when the process is gone, also when nobody ended it */
  constructor(args: readonly string[], env: Readonly<Record<string, string>>, onExit: () => void = () => undefined) {
    const bin = fileURLToPath(new URL('../../../bin/millrace.mjs', import.meta.url));
    this.#child = spawn(process.execPath, [bin, 'node', ...args], {
      env: { ...withoutSettings(process.env), ...env },
      // It ends when the channel breaks, however this process ends.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C is for the demo, which ends its nodes in order.
      detached: true,
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-longestComplaint);
    });
    if (this.#child.stdout !== null) {
      createInterface(this.#child.stdout).on('line', (line) => {
        this.#keep(JSON.parse(line) as LogLine);
      });
    }
    this.#ended = once(this.#child, 'close').then(() => {
      this.#wake();
      onExit();
    });
    this.#ended.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * The first line of its log that has this message, and this role if one is named.
   *
   * @throws Error with what it said, when it ends before.
   * @throws the signal's reason.
   */
  async logged(msg: string, signal: AbortSignal, role?: string): Promise<LogLine> {
    for (;;) {
      signal.throwIfAborted();
      const found = this.#lines.find((line) => line['msg'] === msg && (role === undefined || line['role'] === role));
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error(this.#complaints.trim());
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  /** As a crash of the machine would. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Asks it to end, and kills it if it does not; resolves when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const killer = setTimeout(() => {
      this.kill();
    }, 5000);
    this.#child.kill('SIGTERM');
    await this.#ended.catch(() => undefined);
    clearTimeout(killer);
  }

  #keep(line: LogLine): void {
    if (this.#lines.some(({ msg, role }) => msg === line['msg'] && role === line['role'])) return;
    this.#lines.push(line);
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

/** What is set for some other node of this machine is nothing to the demo's. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const variables = settingNames.map(variableOf);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !variables.includes(name)));
}
