import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import type { CommandLine } from '../measured-process.js';

/** A line of a node's log. */
export type LogLine = Readonly<Record<string, unknown>>;

const startTimeoutMs = 20_000;
const mostLines = 100;

/** A node in a process of its own, and in a process group of its own with its workers. */
export class RunningNode implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #lines: LogLine[] = [];
  readonly #onLine = new EventEmitter();
  readonly #gone: Promise<void>;
  #complaints = '';
  #rest = '';
  #isGone = false;

  /**
   * @param environment is added to this process's own; secrets go there, as everybody sees a command line.
   * @param signal aborting it ends the node
   */
  constructor({ program, args }: CommandLine, environment: Record<string, string>, signal: AbortSignal) {
    signal.throwIfAborted();
    this.#child = spawn(program, args, {
      ...{ stdio: ['ignore', 'pipe', 'pipe'], detached: true, signal, killSignal: 'SIGKILL' },
      env: { ...process.env, ...environment },
    });
    this.#child.stderr.setEncoding('utf8').on('data', (said: string) => {
      this.#complaints = (this.#complaints + said).slice(-4000);
    });
    this.#child.stdout.setEncoding('utf8').on('data', (said: string) => {
      this.#read(said);
    });
    this.#child.on('error', (error) => (this.#complaints += String(error)));
    // Not by `once` of node:events, which an error, such as being aborted, would reject before it is gone.
    this.#gone = new Promise((resolve) => {
      this.#child.once('close', () => {
        this.#isGone = true;
        this.#onLine.emit('line');
        resolve();
      });
    });
  }

  /** `millrace node`, as this installation has it. */
  static start(args: readonly string[], environment: Record<string, string>, signal: AbortSignal): RunningNode {
    const bin = fileURLToPath(new URL('../../../bin/millrace.mjs', import.meta.url));
    const anyStatusPort = ['--status-addr', '127.0.0.1:0'];
    return new RunningNode(
      { program: process.execPath, args: [bin, 'node', ...args, ...anyStatusPort] },
      environment,
      signal,
    );
  }

  /** @throws Error when it did not start. */
  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error(`A node did not start: ${this.#complaints}`);
    return pid;
  }

  /**
   * The first line of its log with this message, once it is there. Only the first seconds of a log are kept.
   *
   * @throws Error when the node ends before, or says nothing of the kind for long.
   */
  async said(message: string): Promise<LogLine> {
    const givingUp = AbortSignal.timeout(startTimeoutMs);
    for (;;) {
      const found = this.#lines.find(({ msg }) => msg === message);
      if (found !== undefined) return found;
      if (this.#isGone) throw new Error(`A node ended before it said “${message}”:\n${this.#complaints}`);
      await once(this.#onLine, 'line', { signal: givingUp }).catch((error: unknown) => {
        throw new Error(`A node did not say “${message}” in time.`, { cause: error });
      });
    }
  }

  /** Where it listens. */
  async address(): Promise<string> {
    return String((await this.said('listens'))['address']);
  }

  /** What its JavaScript heap's old generation holds at the moment in bytes, collected or not, by its own metrics. */
  async heapBytes(): Promise<number> {
    const { address } = await this.said('status server listens');
    // Over a connection of its own: one that is kept would count among the node's descriptors.
    const [response] = (await once(get(`http://${String(address)}/metrics`, { agent: false }), 'response')) as [
      IncomingMessage,
    ];
    const metrics = await text(response);
    return Number(/^nodejs_heap_space_size_used_bytes\{space="old"\} (\S+)$/m.exec(metrics)?.[1]);
  }

  /** Sends a signal to the node's process, and not to its workers. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal to the node's process and all its workers. */
  signalAll(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      // Everything there was has ended already.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }

  /** Ends it and its workers at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.pid !== undefined) this.signalAll('SIGKILL');
    await this.#gone;
  }

  #read(text: string): void {
    // What is looked for comes at the start; the rest is taken only so that the pipe does not fill up.
    if (this.#lines.length >= mostLines) return;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#lines.push(JSON.parse(line) as LogLine);
    this.#onLine.emit('line');
  }
}
