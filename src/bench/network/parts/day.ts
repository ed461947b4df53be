import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { entryPoint } from '../../entry-point.js';
import type { Measurement } from '../../measurement.js';
import { growthPercent } from '../flatness.js';
import { LoopbackNetwork, type StartTranscoder } from '../loopback-network.js';
import type { NetworkBench } from '../network-bench.js';
import { NotifiedJob, delivered } from '../notified-job.js';
import { descriptors, residentBytes } from '../process-memory.js';
import { RunningNode } from '../running-node.js';

/** A day of segments of two seconds. */
const segments = 43_200;
/** Segments overlap a little, as the last ones of one are still on their way when the next is announced. */
const atATime = 3;
const warmUpSegments = 600;
const sampleEverySegments = 200;
const sayEverySegments = 7200;
// Sockets that were closed at one end, and workers that were replaced.
const settlingMs = 1500;

const roles = { b: 'broadcaster', o: 'orchestrator', t1: 'transcoder' } as const;
type Role = keyof typeof roles;
const names = Object.keys(roles) as Role[];

/**
 * The part `day`: a day of one stream's segments, one after the other as fast as they go, through a broadcaster, an
 * orchestrator and a transcoder whose workers do nothing. What the three hold of memory and descriptors meanwhile.
 */
export async function measureDay(bench: NetworkBench): Promise<Measurement[]> {
  await using network = await LoopbackNetwork.start({
    transcoders: 1,
    signal: bench.signal,
    startTranscoder: startStub,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: atATime });
  const memory: Record<Role, number[]> = { b: [], o: [], t1: [] };
  const heap: Record<Role, number[]> = { b: [], o: [], t1: [] };
  const open = () => names.map((role) => descriptors(network.node(role).pid));
  try {
    const day = new Day(network, agent);
    await day.runTo(warmUpSegments);
    await delay(settlingMs, undefined, { signal: bench.signal });
    const before = open();
    const startedAtMs = performance.now();
    for (let done = warmUpSegments; done < segments; done = Math.min(segments, done + sampleEverySegments)) {
      if (done % sayEverySegments === warmUpSegments) bench.say(`day: ${done} of ${segments} segments`);
      await day.runTo(Math.min(segments, done + sampleEverySegments));
      for (const role of names) {
        memory[role].push(residentBytes(network.node(role).pid));
        heap[role].push(await network.node(role).heapBytes());
      }
    }
    const lastedMs = performance.now() - startedAtMs;
    await delay(settlingMs, undefined, { signal: bench.signal });
    const after = open();
    return [
      ...names.map((role) => growth(role, heap[role])),
      ...names.map((role) => kept(role, memory[role])),
      ...names.map((role, index) => left(role, (after[index] ?? NaN) - (before[index] ?? NaN))),
      {
        ...({ part: 'day', unit: '/s', better: 'higher' } as const),
        what: `segments of ${segments} done`,
        millrace: [((segments - warmUpSegments) * 1000) / lastedMs],
      },
    ];
  } finally {
    agent.destroy();
  }
}

/** One stream's segments, from the first to wherever one gets. */
class Day {
  readonly #network: LoopbackNetwork;
  readonly #agent: Agent;
  #next = 0;

  constructor(network: LoopbackNetwork, agent: Agent) {
    this.#network = network;
    this.#agent = agent;
  }

  /** Resolves when all segments up to this one, exclusive, are done. */
  async runTo(end: number): Promise<void> {
    await Promise.all(
      Array.from({ length: atATime }, async () => {
        while (this.#next < end) await this.#run(this.#next++);
      }),
    );
  }

  async #run(sequence: number): Promise<void> {
    const nowhere = 'http://127.0.0.1:9';
    const ladder = [
      { name: '360p', width: 640, height: 360, bitrateBps: 600_000 },
      { name: '240p', width: 426, height: 240, bitrateBps: 300_000 },
    ];
    const job = new NotifiedJob(
      `${this.#network.notificationsUrl}/live/stream/${sequence}.ts`,
      { inputUrl: `${nowhere}/${sequence}.ts`, outputUrl: `${nowhere}/out`, durationMs: 2000, ladder, gopSeconds: 2 },
      this.#agent,
    );
    await delivered(job);
  }
}

const startStub: StartTranscoder = (name, orchestrator, secret, signal) => {
  const args = [entryPoint('network/stub-transcoder-process'), name, orchestrator];
  return new RunningNode({ program: process.execPath, args }, secret, signal);
};

/**
 * Flat is what does not grow: of the heap, what is alive in the last third of the day beside the first, but for the first
 * tenth, in which programs are still being compiled. 5 % of 20 MB is 30 bytes for each segment in between.
 */
function growth(role: Role, samples: readonly number[]): Measurement {
  const percent = growthPercent(samples, [0.1, 0.4], [0.7, 1]);
  const aliveMB = (Math.min(...samples.slice(-samples.length / 3)) / 1e6).toFixed(0);
  return {
    ...({ part: 'day', unit: '%', better: 'lower' } as const),
    what: `growth of what is alive in the heap, ${roles[role]} (${aliveMB} MB at the end)`,
    millrace: percent === undefined ? [] : [percent],
    goal: { atMost: 5 },
  };
}

/** What V8 keeps of the system's memory, which depends on when it last saw a reason to collect. */
function kept(role: Role, samples: readonly number[]): Measurement {
  return {
    ...({ part: 'day', unit: 'MB', better: 'lower' } as const),
    what: `resident memory meanwhile, ${roles[role]}, median`,
    millrace: samples.map((bytes) => bytes / 1e6),
  };
}

function left(role: Role, count: number): Measurement {
  return {
    ...({ part: 'day', unit: '', better: 'lower', goal: { atMost: 0 } } as const),
    what: `descriptors left by it, ${roles[role]}`,
    millrace: [count],
  };
}
