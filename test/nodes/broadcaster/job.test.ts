import { beforeEach, describe, expect, test } from 'vitest';

import { nodeFault } from '../../../src/nodes/fault.js';
import { FaultClass } from '../../../src/rpc/attempt-event.js';
import { RefusalReason } from '../../../src/rpc/generated/millrace/v1/orchestrator.js';
import { sampleProgress } from '../wire-samples.js';
import { JobWorld, type JobCommand } from './job-world.js';

const whose = 'its own';
const accept: JobCommand = { do: 'accept' };
const crash: JobCommand = { do: 'end', fault: 'transcoder', code: 'SAMPLE', whose };
const outputRefuses: JobCommand = { do: 'end', fault: 'output', code: 'SAMPLE', whose };
const firstFails: JobCommand = { do: 'rendition', number: 0, becomes: 'failed', whose };
const firstStarts: JobCommand = { do: 'rendition', number: 0, becomes: 'started', whose };
const secondStarts: JobCommand = { do: 'rendition', number: 1, becomes: 'started', whose };
const finish: JobCommand = { do: 'end', fault: undefined, code: 'SAMPLE', whose };

let world: JobWorld;

async function happens(...commands: JobCommand[]): Promise<void> {
  for (const command of commands) await world.run(command);
}

function told(type: string): unknown[] {
  return world.events.filter((event) => event.type === type);
}

beforeEach(async () => {
  world = new JobWorld();
  await world.start();
});

describe('A rendition that fails behind a takeover', () => {
  beforeEach(() => happens(accept, crash, accept, firstFails));

  test('may have met the publisher before: it is not told of, and tried again with the next attempt.', async () => {
    expect(told('renditionFailed')).toEqual([]);
    await happens(outputRefuses, { do: 'pass', ms: 250 });
    expect(world.current?.renditions).toHaveLength(2);
  });

  test('has failed once another one is on its way.', async () => {
    await happens(secondStarts);
    expect(told('renditionFailed')).toMatchObject([{ attempt: 2, rendition: 'P240p30fps16x9' }]);
    await happens(crash);
    expect(world.current?.renditions.map(({ name }) => name)).toEqual(['P360p30fps16x9']);
  });

  test('has failed when the attempt ends well.', async () => {
    await happens(finish);
    expect(told('renditionFailed')).toMatchObject([{ attempt: 2, rendition: 'P240p30fps16x9' }]);
    expect(world.outcome).toEqual({ type: 'finished' });
  });
});

test('What became of a rendition is heard once, and of those that were not ordered never.', async () => {
  await happens(accept, firstFails, firstFails);
  expect(told('renditionFailed')).toHaveLength(1);
  await happens(crash, accept, { do: 'rendition', number: 1, becomes: 'finished', whose });
  expect(told('renditionFinished')).toEqual([]);
});

test('How far an attempt came when it ended is told, too: its last report may be a while ago.', async () => {
  const report = sampleProgress(30, 30);
  await happens(accept, { do: 'end', fault: undefined, code: '', whose, progress: report });
  expect(told('progress')).toEqual([{ type: 'progress', attempt: 1, progress: report }]);
});

test('An orchestrator has done well when a job delivers, and not already when it takes the job on.', async () => {
  await happens(accept);
  expect(world.standings).toEqual(['accepted first:1']);
  await happens(firstStarts, secondStarts);
  expect(world.standings).toEqual(['accepted first:1', 'succeeded first:1']);
});

describe('A stream whose only orchestrator is lost', () => {
  const lost: JobCommand = { do: 'break' };

  beforeEach(async () => {
    for (const orchestrator of [1, 2] as const) await happens({ do: 'occupy', orchestrator, isThere: false });
    await happens(accept, { do: 'progress', lastTimestampUs: 1000, whose }, lost);
  });

  test('goes on when it is back within ten seconds.', async () => {
    for (let time = 0; time < 30; time += 1) await happens({ do: 'pass', ms: 250 }, lost);
    await happens({ do: 'pass', ms: 250 }, accept);
    expect(world.events.at(-1)).toMatchObject({ type: 'accepted', orchestrator: 'first:1' });
  });

  test('has failed when it is not.', async () => {
    for (let time = 0; time < 41; time += 1) await happens({ do: 'pass', ms: 250 }, lost);
    expect(world.outcome).toMatchObject({ type: 'failed', fault: { code: 'ORCHESTRATOR_LOST' } });
  });
});

describe('An orchestrator that is paid no further', () => {
  test('loses the job to the next one, and is avoided where that is its own fault.', async () => {
    await happens(accept, { do: 'stopPaying', fault: 'orchestrator' }, accept);
    expect(told('failover')).toMatchObject([{ attempt: 1, cause: { code: 'BALANCE_DISPUTED' } }]);
    expect(told('accepted')).toMatchObject([{ orchestrator: 'first:1' }, { orchestrator: 'second:1' }]);
    expect(world.standings).toContain('failed first:1');
  });

  test('loses it as well, and is not blamed, where the broadcaster lacks the funds.', async () => {
    await happens(accept, { do: 'stopPaying', fault: 'broadcaster' }, accept);
    expect(told('accepted')).toMatchObject([{ orchestrator: 'first:1' }, { orchestrator: 'second:1' }]);
    expect(world.standings).not.toContain('failed first:1');
  });
});

test('A job that ends for want of orchestrators says what came of those it had last, not of those that were full long ago.', async () => {
  await happens({ do: 'refuse', reason: RefusalReason.REFUSAL_REASON_FULL }, accept);
  await happens({ do: 'occupy', orchestrator: 2, isThere: false }, { do: 'break' });
  expect(world.outcome).toMatchObject({ type: 'failed', fault: { code: 'ORCHESTRATOR_LOST' } });
});

describe('An orchestrator that was found to cheat', () => {
  const fault = nodeFault(FaultClass.FAULT_CLASS_ORCHESTRATOR, 'VERIFICATION_FAILED', 'The pictures are black.');

  test('loses what it runs to another one, on the same timeline.', async () => {
    await happens(accept, { do: 'start', timestampBaseUs: 5, whose });
    world.job.distrust('first:1', fault);
    await happens({ do: 'pass', ms: 0 });
    expect(told('failover')).toMatchObject([{ attempt: 1, cause: { code: 'VERIFICATION_FAILED' } }]);
    expect(world.standings).toContain('failed first:1');
    await happens(accept);
    expect(told('accepted').at(-1)).toMatchObject({ attempt: 2, orchestrator: 'second:1' });
    expect(world.current?.timestampBaseUs).toBe(5);
  });

  test('is not asked again by a job that waits for its next attempt there.', async () => {
    await happens(accept, { do: 'holdRevocations', hold: true }, crash, { do: 'distrust', orchestrator: 0 });
    await happens({ do: 'holdRevocations', hold: false }, accept);
    expect(told('accepted').at(-1)).toMatchObject({ attempt: 2, orchestrator: 'second:1' });
  });

  test('costs nobody else anything.', async () => {
    await happens(accept);
    world.job.distrust('second:1', fault);
    await happens({ do: 'pass', ms: 0 });
    expect(told('failover')).toEqual([]);
    expect(world.current?.attempt).toBe(1);
  });

  test('changes nothing of a job that is over.', async () => {
    await happens(accept, finish);
    world.job.distrust('first:1', fault);
    await happens({ do: 'pass', ms: 0 });
    expect(world.events.at(-1)).toEqual({ type: 'finished' });
  });
});

test('A job that there is nobody to ask for fails with why, and when to ask again.', async () => {
  world = new JobWorld({ isAnybodyThere: false });
  await world.start();
  const fault = { code: 'NO_ORCHESTRATOR', message: 'Nobody is there.' };
  expect(world.outcome).toMatchObject({ type: 'failed', fault, retryAfterS: 7 });
});
