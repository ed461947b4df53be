import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a command can be started on this machine. */
export function isInstalled(command: string): boolean {
  return spawnSync(command, ['-version'], { stdio: 'ignore' }).error === undefined;
}

/** A program that runs for the time of a test, and is ended with it. */
export class ServerProcess implements AsyncDisposable {
  readonly #command: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #said = '';

  constructor(command: string, args: readonly string[]) {
    this.#command = command;
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#child.stdin?.on('error', () => undefined); // it may end before it was told everything
    this.#ended = once(this.#child, 'close').then(([code]) => code as number | null);
    this.#ended.catch(() => undefined);
  }

  get stdin(): Writable {
    if (!this.#child.stdin) throw new Error('unreachable: stdin is a pipe');
    return this.#child.stdin;
  }

  get stdout(): Readable {
    if (!this.#child.stdout) throw new Error('unreachable: stdout is a pipe');
    return this.#child.stdout;
  }

  /** What it wrote to its standard error so far. */
  get said(): string {
    return this.#said;
  }

  /** Resolves when it takes TCP connections on `port`. */
  async listening(port: number, host = '127.0.0.1'): Promise<void> {
    for (;;) {
      if (this.#hasEnded()) throw new Error(`${this.#command} ended before it listened:\n${this.#said}`);
      if (await accepts(port, host)) return;
      await sleep(10);
    }
  }

  /** Resolves when its standard error holds what is looked for. */
  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#said)) {
      if (this.#hasEnded()) throw new Error(`${this.#command} ended before it said ${pattern.source}:\n${this.#said}`);
      await sleep(10);
    }
  }

  /** Resolves with the exit code when it has ended by itself. */
  async ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Asks it to end, as Ctrl-C would, and resolves when it has. */
  async interrupt(): Promise<void> {
    this.#child.kill('SIGINT');
    await this.#ended;
  }

  /** Holds it still, as if its machine had gone to sleep: its sockets stay open, and nothing moves. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded()) return;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

async function accepts(port: number, host: string): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
