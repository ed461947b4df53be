import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { NotifiedJob, type JobConfiguration } from './notified-job.js';
import { RunningNode } from './running-node.js';

/** What roles prove themselves to each other with, as a node's environment. */
export type Secret = Record<string, string>;

export type StartTranscoder = (name: string, orchestrator: string, secret: Secret, signal: AbortSignal) => RunningNode;

export interface LoopbackNetworkOptions {
  /** How many transcoders there are. */
  transcoders: number;
  /** Aborting it ends every node. */
  signal: AbortSignal;
  /** Starts one, instead of `millrace node --transcoder`. */
  startTranscoder?: StartTranscoder;
}

// Said and not measured: the self-test would take seconds of each start.
const pixelsPerSecond = 200_000_000;

/** A broadcaster, an orchestrator and transcoders, each a `millrace node` of its own on the loopback. */
export class LoopbackNetwork implements AsyncDisposable {
  /** The last to start comes last. */
  readonly #nodes = new Map<string, RunningNode>();
  #notificationsUrl = '';

  private constructor() {
    // `start` makes it.
  }

  /** Resolves when a job could be done. @throws Error when a node does not start. */
  static async start(options: LoopbackNetworkOptions): Promise<LoopbackNetwork> {
    const network = new LoopbackNetwork();
    try {
      await network.#start(options);
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * The node of this name: `b` the broadcaster, `o` the orchestrator, `t1`, `t2` … the transcoders.
   *
   * @throws Error when there is none
   */
  node(name: string): RunningNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`The network has no node ${name}.`);
    return node;
  }

  /** Notifies the broadcaster of a segment, `/live/stream/0.ts` for instance, over a connection of its own. */
  notify(path: string, configuration: JobConfiguration): NotifiedJob {
    return new NotifiedJob(`${this.#notificationsUrl}${path}`, configuration);
  }

  /** What the paths of notifications follow. */
  get notificationsUrl(): string {
    return this.#notificationsUrl;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of [...this.#nodes.values()].reverse()) await node[Symbol.asyncDispose]();
  }

  async #start({ transcoders, signal, startTranscoder = startMillrace }: LoopbackNetworkOptions): Promise<void> {
    const secret = newSecret();
    const orchestrator = this.#add('o', startOrchestrator(secret, signal));
    const address = await orchestrator.address();
    const names = Array.from({ length: transcoders }, (_, index) => `t${index + 1}`);
    for (const name of names) this.#add(name, startTranscoder(name, address, secret, signal));
    for (const name of names) await this.node(name).said('connected to the orchestrator');
    // After them, since it learns at its start what the orchestrator can do, and again only every two seconds.
    const flags = ['--broadcaster', '--http-addr', '127.0.0.1:0', '--orch-addr', address, '--name', 'b'];
    flags.push('--verify-rate', '0'); // it would take part of the two cores at moments of its own
    const broadcaster = this.#add('b', RunningNode.start(flags, secret, signal));
    this.#notificationsUrl = `http://${await broadcaster.address()}`;
    await broadcaster.said('orchestrator answers');
  }

  #add(name: string, node: RunningNode): RunningNode {
    this.#nodes.set(name, node);
    return node;
  }
}

/** With keys that last as long as this process. */
export function newSecret(): Secret {
  return { MILLRACE_ORCH_SECRET: randomUUID(), MILLRACE_KEYSTORE_DIR: keys() };
}

let keysFolder: string | undefined;

function keys(): string {
  if (keysFolder !== undefined) return keysFolder;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-keys-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  keysFolder = folder;
  return folder;
}

/** An orchestrator on any free port. */
export function startOrchestrator(secret: Secret, signal: AbortSignal): RunningNode {
  return RunningNode.start(['--orchestrator', '--service-addr', '127.0.0.1:0', '--name', 'o'], secret, signal);
}

const startMillrace: StartTranscoder = (name, orchestrator, secret, signal) => {
  const flags = ['--transcoder', '--orch-addr', orchestrator, '--name', name];
  return RunningNode.start([...flags, '--pixels-per-second', `${pixelsPerSecond}`], secret, signal);
};
