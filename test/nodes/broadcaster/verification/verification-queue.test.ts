import { describe, expect, it } from 'vitest';

import { VerificationQueue, type Sample } from '../../../../src/nodes/broadcaster/verification/verification-queue.js';

/** A sample that ends when the test says so. */
class HeldSample implements Sample {
  state: 'waiting' | 'running' | 'ended' | 'broken off' | 'dropped' = 'waiting';
  end: () => void = () => undefined;

  async run(signal: AbortSignal): Promise<void> {
    this.state = 'running';
    await new Promise<void>((resolve, reject) => {
      this.end = resolve;
      signal.addEventListener('abort', () => {
        this.state = 'broken off';
        reject(signal.reason as Error);
      });
    });
    this.state = 'ended';
  }

  dropped(): void {
    this.state = 'dropped';
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

function statesOf(samples: readonly HeldSample[]): string[] {
  return samples.map(({ state }) => state);
}

describe('What waits to be verified', () => {
  it('is looked at one after the other, in the order in which it came', async () => {
    await using queue = new VerificationQueue(5);
    const samples = [new HeldSample(), new HeldSample()];
    for (const sample of samples) queue.push(sample);
    await turns();
    expect(statesOf(samples)).toEqual(['running', 'waiting']);
    samples[0]?.end();
    await turns();
    expect(statesOf(samples)).toEqual(['ended', 'running']);
  });

  it('is given up where it has waited longest, when there is too much of it', async () => {
    await using queue = new VerificationQueue(2);
    const running = new HeldSample();
    queue.push(running);
    await turns();
    const samples = [new HeldSample(), new HeldSample(), new HeldSample()];
    for (const sample of samples) queue.push(sample);
    expect(statesOf([running, ...samples])).toEqual(['running', 'dropped', 'waiting', 'waiting']);
  });

  it('goes on after one that failed', async () => {
    await using queue = new VerificationQueue(2);
    const next = new HeldSample();
    queue.push({ run: () => Promise.reject(new Error('no')), dropped: () => undefined });
    queue.push(next);
    await turns();
    expect(next.state).toBe('running');
  });

  it('can be taken out when it is of no use any more', async () => {
    await using queue = new VerificationQueue(5);
    const samples = [new HeldSample(), new HeldSample(), new HeldSample()];
    for (const sample of samples) queue.push(sample);
    await turns();
    queue.drop((sample) => sample === samples[1]);
    expect(statesOf(samples)).toEqual(['running', 'dropped', 'waiting']);
  });

  it('is forgotten at the end, and what runs is broken off', async () => {
    const queue = new VerificationQueue(5);
    const samples = [new HeldSample(), new HeldSample()];
    for (const sample of samples) queue.push(sample);
    await turns();
    await queue[Symbol.asyncDispose]();
    expect(statesOf(samples)).toEqual(['broken off', 'waiting']);
    const late = new HeldSample();
    queue.push(late);
    await turns();
    expect(late.state).toBe('waiting');
  });
});
