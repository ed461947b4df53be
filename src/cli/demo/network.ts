import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { authorityOf } from '../../rpc/endpoint.js';

import { ChildNode } from './child-node.js';

export interface DemoNetworkOptions {
  /** Where the media server listens; everything else stays on loopback. */
  host: string;
  /** 0: any free port. */
  rtmpPort: number;
  httpPort: number;
  /** What each transcoder says that it can do, so that neither has to measure what the other disturbs. */
  pixelsPerSecond: number;
  /** Called when a transcoder is gone, and when it is there again. */
  onTranscoder: (name: string, is: 'gone' | 'back') => void;
}

/** Where the parts of a {@link DemoNetwork} are reached. */
export interface DemoAddresses {
  /** Base URLs of the media server. */
  rtmpUrl: string;
  httpUrl: string;
  /** Base URL for notifications. */
  broadcasterUrl: string;
}

const transcoderNames = ['t1', 't2'] as const;
const restartAfterMs = 3000;

/** A whole network on this machine, each role a process of its own: a broadcaster with its media server, an orchestrator, two transcoders. */
export class DemoNetwork implements AsyncDisposable {
  readonly #options: DemoNetworkOptions;
  /** What the transcoders prove themselves with; never on a command line. */
  readonly #secret = { MILLRACE_ORCH_SECRET: randomUUID() };
  /** Where its keys are for as long as it runs. */
  readonly #keys = mkdtempSync(join(tmpdir(), 'millrace-demo-'));
  readonly #nodes: ChildNode[] = [];
  readonly #transcoders = new Map<string, ChildNode>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  readonly #ending = new AbortController();
  #orchestrator = '';
  #addresses: DemoAddresses | undefined;

  private constructor(options: DemoNetworkOptions) {
    this.#options = options;
  }

  /** @throws Error with a node's own words when it does not start; nothing is left behind then. */
  static async start(options: DemoNetworkOptions, signal: AbortSignal): Promise<DemoNetwork> {
    const network = new DemoNetwork(options);
    try {
      await network.#start(AbortSignal.any([signal, network.#ending.signal]));
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  get addresses(): DemoAddresses {
    if (this.#addresses === undefined) throw new Error('unreachable: start() has set them');
    return this.#addresses;
  }

  /** Kills a transcoder without warning; it is started again a moment later. */
  kill(name: string): void {
    this.#transcoders.get(name)?.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    for (const timer of this.#restarts) clearTimeout(timer);
    await Promise.all([...this.#nodes, ...this.#transcoders.values()].map((node) => node[Symbol.asyncDispose]()));
    rmSync(this.#keys, { recursive: true, force: true });
  }

  async #start(signal: AbortSignal): Promise<void> {
    const status = ['--status-addr', '127.0.0.1:0'];
    const orchestrator = this.#node(['--orchestrator', '--service-addr', '127.0.0.1:0', ...status], this.#secret);
    const { address } = await orchestrator.logged('listens', signal, 'orchestrator');
    this.#orchestrator = String(address);
    for (const name of transcoderNames) this.#startTranscoder(name);
    const { host, rtmpPort, httpPort } = this.#options;
    const broadcaster = this.#node([
      ...['--broadcaster', '--http-addr', '127.0.0.1:0', '--orch-addr', this.#orchestrator, ...status],
      // Much more than the default share, so that one is seen soon.
      ...['--verify-rate', '0.5'],
      ...[
        '--media-server',
        'embedded',
        '--rtmp-addr',
        authorityOf({ host, port: rtmpPort }),
        '--media-http-addr',
        authorityOf({ host, port: httpPort }),
      ],
    ]);
    const server = await broadcaster.logged('media server listens', signal);
    const notifications = await broadcaster.logged('listens', signal, 'broadcaster');
    this.#addresses = {
      rtmpUrl: String(server['rtmp']),
      httpUrl: String(server['http']),
      broadcasterUrl: `http://${String(notifications['address'])}`,
    };
    await Promise.all(
      [...this.#transcoders.values()].map((node) => node.logged('connected to the orchestrator', signal)),
    );
  }

  #node(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildNode {
    const node = new ChildNode(args, { MILLRACE_KEYSTORE_DIR: this.#keys, ...env });
    this.#nodes.push(node);
    return node;
  }

  #startTranscoder(name: string): void {
    const args = [
      ...['--transcoder', '--name', name, '--orch-addr', this.#orchestrator, '--status-addr', '127.0.0.1:0'],
      ...['--pixels-per-second', `${this.#options.pixelsPerSecond}`],
      // The embedded server keeps what players who come late need.
      ...['--player-head-start', '0'],
    ];
    this.#transcoders.set(
      name,
      new ChildNode(args, this.#secret, () => {
        this.#lost(name);
      }),
    );
  }

  #lost(name: string): void {
    if (this.#ending.signal.aborted) return;
    this.#options.onTranscoder(name, 'gone');
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#startTranscoder(name);
      this.#transcoders
        .get(name)
        ?.logged('connected to the orchestrator', this.#ending.signal)
        .then(
          () => {
            this.#options.onTranscoder(name, 'back');
          },
          () => undefined, // it is ended, or ended by itself and is started again
        );
    }, restartAfterMs);
    this.#restarts.add(timer);
  }
}
