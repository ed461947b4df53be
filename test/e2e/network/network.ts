import { randomBytes } from 'node:crypto';

import { NodeProcess } from '../../servers/node-process.js';
import { NotifiedJob, type NotifiedJobOptions } from '../../servers/notified-job.js';
import { keepSecret, record } from './transcript.js';

/** What an orchestrator's transcoders prove themselves with. */
export const orchestratorSecret = randomSecret();

/** Nodes of a network, each in a process of its own, which are ended together. */
export class Network implements AsyncDisposable {
  readonly #nodes: NodeProcess[] = [];

  /** Starts a node with whatever roles. */
  async node(args: readonly string[], by?: readonly string[], env: Record<string, string> = {}): Promise<NodeProcess> {
    const node = new NodeProcess(args, {
      // A look that is drawn at random would be one player more; a flag goes before a variable.
      env: { MILLRACE_ORCH_SECRET: orchestratorSecret, MILLRACE_VERIFY_RATE: '0', ...env },
      onSaid: record,
      ...(by && { by }),
    });
    this.#nodes.push(node);
    await node.logged(({ msg }) => msg === 'ready');
    record(node.commandLine);
    return node;
  }

  async orchestrator(...args: string[]): Promise<NodeProcess> {
    return this.node(['--orchestrator', ...args]);
  }

  /** Starts a transcoder, and resolves when its orchestrator has let it in. */
  async transcoder(name: string, orchestrator: string, ...args: string[]): Promise<NodeProcess> {
    const capacity = ['--pixels-per-second', '1000000000'];
    const node = await this.node(['--transcoder', '--name', name, '--orch-addr', orchestrator, ...capacity, ...args]);
    await node.logged(({ msg }) => msg === 'connected to the orchestrator');
    return node;
  }

  async broadcaster(orchestrators: readonly string[], ...args: string[]): Promise<NodeProcess> {
    return this.node(['--broadcaster', '--exploration', '0', '--orch-addr', orchestrators.join(), ...args]);
  }

  /** An orchestrator with two transcoders, `one` and `two`, and a broadcaster. */
  async usual(orchestratorArgs: readonly string[] = [], transcoderArgs: readonly string[] = []): Promise<UsualNetwork> {
    const orchestrator = await this.orchestrator(...orchestratorArgs);
    const address = orchestrator.serviceAddress;
    const [one, two, broadcaster] = await Promise.all([
      this.transcoder('one', address, ...transcoderArgs),
      this.transcoder('two', address, ...transcoderArgs),
      this.broadcaster([address]),
    ]);
    return { orchestrator, transcoders: { one, two }, broadcaster };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node[Symbol.asyncDispose]()));
  }
}

export interface UsualNetwork {
  orchestrator: NodeProcess;
  transcoders: { one: NodeProcess; two: NodeProcess };
  broadcaster: NodeProcess;
}

/** Tells a broadcaster of a segment, or with `DELETE` that it is no longer wanted. */
export function notify(
  broadcaster: NodeProcess,
  path: string,
  configuration?: object,
  options: NotifiedJobOptions = {},
): NotifiedJob {
  const scheme = options.ca === undefined ? 'http' : 'https';
  return new NotifiedJob(`${scheme}://${broadcaster.httpAddress}${path}`, configuration, {
    onSaid: record,
    ...options,
  });
}

/** The transcoder that has a job's current attempt, and the other one. */
export function byName(
  { transcoders }: UsualNetwork,
  name: unknown,
): { busy: NodeProcess; idle: NodeProcess; idleName: string } {
  const { one, two } = transcoders;
  return name === 'one' ? { busy: one, idle: two, idleName: 'two' } : { busy: two, idle: one, idleName: 'one' };
}

/** A rendition that costs little, with a keyframe every half a second. */
export function tiny(name: string, fields: object = {}): object {
  return { name, width: 160, height: 90, bitrate: 200_000, gop: '0.5', ...fields };
}

/** What nobody may ever see printed. */
export function randomSecret(): string {
  return keepSecret(randomBytes(12).toString('hex'));
}

/** The URL with a key that only those may know who are told the URL. */
export function withKey(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}key=${randomSecret()}`;
}
