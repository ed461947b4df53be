import { setTimeout as sleep } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { tellElapsed } from '../../scripts/deps/elapsed.mjs';

it('tells again and again how long work takes, gives its result, and is silent then', async () => {
  const told = [];
  let enough;
  const work = new Promise((resolve) => {
    enough = () => resolve('done');
  });
  const outcome = tellElapsed(work, (seconds) => told.push(seconds) === 3 && enough(), 5);
  expect(await outcome).toBe('done');
  expect(told).toHaveLength(3);
  await sleep(30);
  expect(told).toHaveLength(3);
});

it('lets a failure through', async () => {
  await expect(tellElapsed(Promise.reject(new Error('No compiler.')), () => {})).rejects.toThrow('No compiler.');
});
