import { setTimeout as delay } from 'node:timers/promises';

import type { Measurement } from '../../measurement.js';
import { liveLadder, liveSource } from '../live-ladder.js';
import { LoopbackNetwork } from '../loopback-network.js';
import { MediaDouble } from '../media-double.js';
import type { NetworkBench } from '../network-bench.js';
import { delivered, type NotifiedJob } from '../notified-job.js';
import { PacedSource } from '../paced-source.js';
import type { RunningNode } from '../running-node.js';
import { makeSourceFile } from '../source-file.js';

/** What befalls the transcoder, and by when its renditions are to flow again. */
interface Blow {
  part: 'kill' | 'freeze';
  what: string;
  strike: (transcoder: RunningNode) => void;
  withinMs: number;
}

// The orchestrators' default.
const stallTimeoutMs = 1500;

const blows: Record<Blow['part'], Blow> = {
  kill: {
    part: 'kill',
    what: 'kill -9 of the busy transcoder → renditions flow again',
    strike: (transcoder) => {
      transcoder.signal('SIGKILL');
    },
    withinMs: 1500,
  },
  freeze: {
    part: 'freeze',
    what: 'frozen transcoder → renditions flow again',
    strike: (transcoder) => {
      // With its workers, as when its machine stands still.
      transcoder.signalAll('SIGSTOP');
    },
    withinMs: stallTimeoutMs + 1500,
  },
};

const flowingFrames = 30;
// Not a part of a second, so that rounds strike here and there between two keyframes.
const strikeEveryMs = 270;
const afterwardsMs = 1500;

/**
 * The parts `kill` and `freeze`: two live jobs at two transcoders, one of which is struck; from then to the first whole
 * picture of every rendition from the other one. The other job is to lose no frame meanwhile.
 */
export async function measureFailover(bench: NetworkBench, part: Blow['part']): Promise<Measurement[]> {
  const blow = blows[part];
  const file = await makeSourceFile(bench.folder, { ...liveSource, seconds: 40 }, bench.signal);
  const outages: number[] = [];
  const lost: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    bench.say(`${part}, round ${round + 1} of ${bench.rounds}`);
    const figures = await strikeOnce(bench, blow, file, round * strikeEveryMs);
    outages.push(figures.outageMs);
    lost.push(figures.lost);
  }
  return [
    {
      ...({ part, unit: 'ms', better: 'lower' } as const),
      what: blow.what,
      millrace: outages,
      goal: { atMost: blow.withinMs },
    },
    {
      ...({ part, unit: '', better: 'lower' } as const),
      what: 'frames lost by the job at the other transcoder',
      millrace: lost,
      goal: { atMost: 0 },
    },
  ];
}

async function strikeOnce(
  bench: NetworkBench,
  blow: Blow,
  file: Buffer,
  afterMs: number,
): Promise<{ outageMs: number; lost: number }> {
  await using media = await MediaDouble.start(bench.signal);
  await using network = await LoopbackNetwork.start({ transcoders: 2, signal: bench.signal });
  const struck = new LiveJob('struck', network, media, file);
  await struck.flows();
  const other = new LiveJob('other', network, media, file);
  await other.flows();
  if (struck.transcoder === other.transcoder) throw new Error('Both jobs went to the same transcoder.');
  await delay(afterMs, undefined, { signal: bench.signal });
  const struckAtMs = performance.now();
  blow.strike(network.node(struck.transcoder));
  const backAtMs = await struck.flowsAgain(struckAtMs);
  await delay(afterwardsMs, undefined, { signal: bench.signal });
  await Promise.all([struck.finish(), other.finish()]);
  return { outageMs: backAtMs - struckAtMs, lost: other.framesLost };
}

/** A job without an end, of a live source of its own. */
class LiveJob {
  readonly #media: MediaDouble;
  readonly #name: string;
  readonly #source: PacedSource;
  readonly #job: NotifiedJob;

  constructor(name: string, network: LoopbackNetwork, media: MediaDouble, file: Buffer) {
    this.#media = media;
    this.#name = name;
    this.#source = new PacedSource(file);
    media.offer(`/${name}.ts`, this.#source);
    this.#job = network.notify(`/live/${name}/0.ts`, {
      inputUrl: `${media.url}/${name}.ts`,
      outputUrl: `${media.url}/${name}`,
      ladder: liveLadder,
      gopSeconds: 1,
    });
  }

  /** Who does it. @throws Error before anybody does */
  get transcoder(): string {
    if (this.#job.transcoder === undefined) throw new Error('Nobody does the job.');
    return this.#job.transcoder;
  }

  /** Pictures that were sent to it, and of which no rendition, or not every one, came back; once it is finished. */
  get framesLost(): number {
    const sent = this.#media.readers(`/${this.#name}.ts`).at(-1)?.sent.length ?? 0;
    const uploads = liveLadder.map(({ name }) => this.#uploads(name).at(-1)?.received.length ?? 0);
    return sent - Math.min(...uploads);
  }

  /** Resolves when every rendition has come for a second. */
  async flows(): Promise<void> {
    await this.#until('the first second of a job', () =>
      liveLadder.every(({ name }) => (this.#uploads(name).at(-1)?.received.length ?? 0) >= flowingFrames),
    );
  }

  /** When the first picture of every rendition that began after a moment was there. */
  async flowsAgain(sinceMs: number): Promise<number> {
    const first = (name: string) => this.#uploads(name).find(({ beganAtMs }) => beganAtMs > sinceMs)?.received[0]?.atMs;
    await this.#until('the next attempt', () => liveLadder.every(({ name }) => first(name) !== undefined));
    return Math.max(...liveLadder.map(({ name }) => first(name) ?? Infinity));
  }

  /** Ends the source, and resolves when everything of it was delivered. */
  async finish(): Promise<void> {
    this.#source.end();
    await delivered(this.#job);
  }

  #uploads(rendition: string) {
    return this.#media.uploads(`/${this.#name}/${rendition}/0.ts`);
  }

  /** The job's end comes first when something went wrong. */
  async #until(what: string, holds: () => boolean): Promise<void> {
    const ended = this.#job.ended.then((end) => {
      throw new Error(`A job ended before ${what} came: ${JSON.stringify(end)}`);
    });
    ended.catch(() => undefined);
    await Promise.race([ended, this.#media.until(what, () => (holds() ? true : undefined))]);
  }
}
