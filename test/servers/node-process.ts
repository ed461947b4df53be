import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/millrace.mjs', import.meta.url));

/** A line of a node's log. */
export interface LogLine {
  level: string;
  msg: string;
  role?: string;
  address?: string;
  [field: string]: unknown;
}

export interface NodeProcessOptions {
  /** Beside the environment of the tests. */
  env?: Record<string, string>;
  /** What the program is started by, such as `ip netns exec NAME`. Default: nothing. */
  by?: readonly string[];
  /** Hears everything that the node prints, is asked and answers. */
  onSaid?: (text: string) => void;
}

/** What a node's status server answers. */
export interface StatusAnswer {
  status: number;
  body: string;
}

/** A real `millrace node`, in a process of its own with workers below it. */
export class NodeProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<number | null>;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  readonly #lines: LogLine[] = [];
  readonly #onSaid: (text: string) => void;
  readonly #keys = mkdtempSync(join(tmpdir(), 'millrace-keys-'));
  #said = '';
  #unfinished = '';

  /** Starts it; its addresses are on port 0 unless `args` say otherwise. */
  constructor(args: readonly string[], { env = {}, by = [], onSaid = () => undefined }: NodeProcessOptions = {}) {
    this.#onSaid = onSaid;
    const [starter, ...starting] = by;
    const program = [bin, 'node', ...args, ...anyPort(args)];
    const command = starter ?? process.execPath;
    this.#child = spawn(command, starter === undefined ? program : [...starting, process.execPath, ...program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, MILLRACE_KEYSTORE_DIR: this.#keys, ...env },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#hear(text);
      this.#log(text);
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#hear(text);
    });
    this.#ended = once(this.#child, 'close').then(([code]) => {
      this.#changes.emit('change');
      return code as number | null;
    });
  }

  /** Starts it and resolves when every role works. */
  static async start(args: readonly string[], options?: NodeProcessOptions): Promise<NodeProcess> {
    const node = new NodeProcess(args, options);
    try {
      await node.logged(({ msg }) => msg === 'ready');
      return node;
    } catch (error) {
      await node[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Everything that it printed so far. */
  get said(): string {
    return this.#said;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** Where its broadcaster is notified, as `HOST:PORT`. */
  get httpAddress(): string {
    return this.#addressOf('broadcaster');
  }

  /** Where its orchestrator is reached. */
  get serviceAddress(): string {
    return this.#addressOf('orchestrator');
  }

  /** The processes below it. */
  get workers(): number[] {
    return childrenOf(this.pid);
  }

  /** The command line that anybody on the machine can read. */
  get commandLine(): string {
    return [this.pid, ...this.workers].map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).join('\n');
  }

  /** Resolves with the n-th log line, the first by default, that is looked for. */
  async logged(wanted: (line: LogLine) => boolean, n = 1): Promise<LogLine> {
    for (;;) {
      const line = this.#lines.filter(wanted)[n - 1];
      if (line !== undefined) return line;
      if (this.#hasEnded()) throw new Error(`The node has ended:\n${this.#said}`);
      await once(this.#changes, 'change');
    }
  }

  /** Asks its status server. */
  async status(path: string): Promise<StatusAnswer> {
    const { address } = await this.logged(({ msg }) => msg === 'status server listens');
    const asked = request(`http://${address ?? ''}${path}`, { agent: false }).end();
    const [response] = (await once(asked, 'response')) as [Readable & { statusCode: number }];
    const body = await textOf(response);
    this.#onSaid(body);
    return { status: response.statusCode, body };
  }

  /** What one of its metrics says: the sum of all series whose labels hold `labels`. */
  async metric(name: string, labels = ''): Promise<number> {
    const { body } = await this.status('/metrics');
    return body
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Signals its workers, too. */
  signalAll(signal: NodeJS.Signals): void {
    for (const pid of [this.pid, ...this.workers]) process.kill(pid, signal);
  }

  /** Resolves with the exit code when it has ended, and its workers with it. */
  async ended(): Promise<number | null> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded()) this.signalAll('SIGKILL');
    await this.#ended;
    rmSync(this.#keys, { recursive: true, force: true });
  }

  #addressOf(role: string): string {
    const line = this.#lines.find((line) => line.role === role && line.msg === 'listens');
    if (line?.address === undefined) throw new Error(`This node has no ${role}.`);
    return line.address;
  }

  #hear(text: string): void {
    this.#said += text;
    this.#onSaid(text);
    this.#changes.emit('change');
  }

  #log(text: string): void {
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) this.#lines.push(JSON.parse(line) as LogLine);
    this.#changes.emit('change');
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

function anyPort(args: readonly string[]): string[] {
  const addresses = { '--http-addr': '--broadcaster', '--service-addr': '--orchestrator', '--status-addr': '' };
  return Object.entries(addresses).flatMap(([name, role]) =>
    args.includes(name) || (role !== '' && !args.includes(role)) ? [] : [name, '127.0.0.1:0'],
  );
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...childrenOf(child)]);
}
