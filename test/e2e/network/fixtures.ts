import { test as base } from '../fixtures.js';
import { source } from '../sources.js';
import { Network, type UsualNetwork } from './network.js';

/** What a test of the network asks for by name, beside the other fixtures. */
interface NetworkFixtures {
  /** To start nodes in; all of them end with the test. */
  network: Network;
}

interface FileFixtures {
  /** An orchestrator, two transcoders and a broadcaster, for tests that leave them as they were. */
  steady: UsualNetwork;
}

/* eslint-disable no-empty-pattern -- vitest insists on a pattern */
export const test = base
  .extend<NetworkFixtures>({
    network: async ({}, use) => {
      await using network = new Network();
      await use(network);
    },
  })
  .extend<FileFixtures>({
    steady: [
      async ({}, use) => {
        await using network = new Network();
        await use(await network.usual());
      },
      { scope: 'file' },
    ],
  });

/** A small live stream of so many seconds, with a keyframe every half a second. */
export async function liveSource(seconds: number): Promise<string> {
  return source({ name: `network-${seconds}.ts`, seconds });
}
