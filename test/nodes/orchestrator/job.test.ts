import { describe, expect, test } from 'vitest';

import { JobWorld, type JobCommand } from './job-world.js';

const order: JobCommand = { do: 'order', repeated: false, dear: false };
const accept: JobCommand = { do: 'accept', from: 'holder', whose: 'its own' };
const report: JobCommand = { do: 'progress', from: 'holder', whose: 'its own', encodes: true };
const second: JobCommand = { do: 'pass', ms: 1000 };

function afterwards(...commands: readonly JobCommand[]): JobWorld {
  const world = new JobWorld();
  for (const command of [order, accept, ...commands]) world.run(command);
  return world;
}

describe('An attempt that a transcoder took on and reports nothing of', () => {
  const world = afterwards(...Array.from({ length: 10 }, () => second));

  test("is ended by the transcoder's fault.", () => {
    expect(world.said.at(-1)).toMatchObject({
      value: { attempt: 1, event: { $case: 'ended', value: { fault: { code: 'TRANSCODER_SILENT' } } } },
    });
  });

  test('is revoked there.', () => {
    expect(world.transcoders[0].revoked).toEqual([{ jobId: 'job', attempt: 1 }]);
  });
});

describe('An attempt whose transcoder tells of what cannot be', () => {
  const world = afterwards({ do: 'boast', from: 'holder', whose: 'its own' });

  test("is ended by the transcoder's fault, and the broadcaster hears no more of it.", () => {
    expect(world.said.at(-1)).toMatchObject({
      value: { attempt: 1, event: { $case: 'ended', value: { fault: { code: 'WINDOW_REFUSED' } } } },
    });
    expect(world.said.map(({ $case }) => $case)).toEqual(['accepted', 'event']);
  });

  test('is revoked there, and the next goes to another transcoder.', () => {
    expect(world.transcoders[0].revoked).toEqual([{ jobId: 'job', attempt: 1 }]);
    world.run(order);
    expect(world.holder).toBe(world.transcoders[1]);
  });
});

describe('An attempt that is not paid for any further', () => {
  const world = afterwards({ do: 'goUnpaid' });

  test("is ended by the broadcaster's fault, and no transcoder is blamed.", () => {
    expect(world.said.at(-1)).toMatchObject({
      value: { attempt: 1, event: { $case: 'ended', value: { fault: { code: 'INSUFFICIENT_BALANCE' } } } },
    });
    world.run({ do: 'order', repeated: false, dear: false });
    expect(world.holder).toBe(world.transcoders[0]);
  });

  test('is revoked at its transcoder.', () => {
    expect(world.transcoders[0].revoked).toEqual([{ jobId: 'job', attempt: 1 }]);
  });
});

test('An attempt that is reported on goes on for as long as it takes.', () => {
  const world = afterwards(...Array.from({ length: 20 }, () => [second, report]).flat());
  expect(world.holder).toBe(world.transcoders[0]);
});
