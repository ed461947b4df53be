import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';

/** Why there can be no network namespaces here; empty: there can. */
export const networkNamespaceMissing = reasonAgainstNamespaces();

/**
 * A network namespace of its own, which programs are started in: all it has is its loopback and a cable to this one,
 * which can be pulled. It goes, and whatever runs in it, when it is disposed of, and at the latest with this process.
 */
export class NetworkNamespace implements Disposable {
  readonly #name = `millrace-${randomBytes(4).toString('hex')}`;
  readonly #hostEnd = `mr${randomBytes(4).toString('hex')}`;
  // Of the range for benchmarks, in which no machine has an address that it needs.
  readonly #subnet = `198.18.${randomInt(256)}.${randomInt(64) * 4}`;
  readonly #remove = (): void => {
    this.#removeAll();
  };

  constructor() {
    process.once('exit', this.#remove);
    try {
      ip('netns', 'add', this.#name);
      ip('link', 'add', this.#hostEnd, 'type', 'veth', 'peer', 'name', inside, 'netns', this.#name);
      ip('address', 'add', `${this.hostAddress}/30`, 'dev', this.#hostEnd);
      ip('link', 'set', this.#hostEnd, 'up');
      ip('-n', this.#name, 'address', 'add', `${this.#address(2)}/30`, 'dev', inside);
      ip('-n', this.#name, 'link', 'set', 'lo', 'up');
      this.plug();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** What a program is started by, to run in it. */
  get by(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  /** The address of this namespace's end of the cable, at which programs in there reach those out here. */
  get hostAddress(): string {
    return this.#address(1);
  }

  /** Both ends of the cable, as a CIDR block. */
  get network(): string {
    return `${this.#subnet}/30`;
  }

  /** Pulls the cable: nothing gets through, and nobody is told. */
  unplug(): void {
    ip('-n', this.#name, 'link', 'set', inside, 'down');
  }

  plug(): void {
    ip('-n', this.#name, 'link', 'set', inside, 'up');
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#remove);
    this.#removeAll();
  }

  #address(host: number): string {
    return this.#subnet.replace(/\d+$/, (last) => String(Number(last) + host));
  }

  #removeAll(): void {
    for (const pid of spawnSync('ip', ['netns', 'pids', this.#name], { encoding: 'utf8' }).stdout.split('\n')) {
      if (pid !== '') spawnSync('kill', ['-KILL', pid], { stdio: 'ignore' });
    }
    // The cable goes with either of its ends; whatever was not made yet cannot be removed.
    spawnSync('ip', ['link', 'delete', this.#hostEnd], { stdio: 'ignore' });
    spawnSync('ip', ['netns', 'delete', this.#name], { stdio: 'ignore' });
  }
}

/** What the cable's end in the namespace is called there. */
const inside = 'cable';

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

function reasonAgainstNamespaces(): string {
  const name = `millrace-${randomBytes(4).toString('hex')}`;
  if (spawnSync('ip', ['netns', 'add', name], { stdio: 'ignore' }).status !== 0)
    return 'network namespaces cannot be made here, which takes iproute2 and root';
  const runs = spawnSync('ip', ['netns', 'exec', name, 'true'], { stdio: 'ignore' }).status === 0;
  spawnSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
  return runs ? '' : 'nothing can be run in a network namespace here';
}
