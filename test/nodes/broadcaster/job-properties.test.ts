import fc from 'fast-check';
import { expect, test } from 'vitest';

import { RefusalReason } from '../../../src/rpc/generated/millrace/v1/orchestrator.js';
import { JobWorld, isOutcome, type JobCommand, type Whose } from './job-world.js';

const whose: fc.Arbitrary<Whose> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Whose>('its own') },
  fc.constant<Whose>('an older'),
);
const fault = fc.constantFrom(undefined, 'source', 'output', 'transcoder', 'orchestrator', 'cancelled', 'broadcaster');
const code = fc.constantFrom('SAMPLE', 'WORKER_CRASHED', 'TRANSCODER_DRAINING');
const reason = fc.constantFrom(
  RefusalReason.REFUSAL_REASON_FULL,
  RefusalReason.REFUSAL_REASON_INCAPABLE,
  RefusalReason.REFUSAL_REASON_PRICE,
  RefusalReason.REFUSAL_REASON_NO_TRANSCODER,
  RefusalReason.REFUSAL_REASON_DRAINING,
  RefusalReason.REFUSAL_REASON_DUPLICATE,
  RefusalReason.REFUSAL_REASON_TICKET,
  RefusalReason.REFUSAL_REASON_INSUFFICIENT_BALANCE,
);
const stopPaying = fc.record({
  do: fc.constant('stopPaying' as const),
  fault: fc.constantFrom('broadcaster' as const, 'orchestrator' as const),
});
const timestampUs = fc.integer({ min: -10_000_000, max: 100_000_000 });

const command: fc.Arbitrary<JobCommand> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('accept' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('refuse' as const), reason }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('start' as const), timestampBaseUs: timestampUs, whose }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('progress' as const), lastTimestampUs: timestampUs, whose }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('rendition' as const),
      number: fc.constantFrom(0 as const, 1 as const),
      becomes: fc.constantFrom('started' as const, 'failed' as const, 'finished' as const),
      whose,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const), fault, code, whose }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      fault: fc.constantFrom('transcoder' as const, 'output' as const),
      code,
      whose,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('receipt' as const), holds: fc.boolean(), whose }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withhold' as const), overdue: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('break' as const) }) },
  { weight: 2, arbitrary: stopPaying },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(10, 250, 1000, 5000, 10_000, 60_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('holdRevocations' as const), hold: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('occupy' as const),
      orchestrator: fc.constantFrom(0 as const, 1 as const, 2 as const),
      isThere: fc.boolean(),
    }),
  },
);

const distrust: fc.Arbitrary<JobCommand> = fc.record({
  do: fc.constant('distrust' as const),
  orchestrator: fc.constantFrom(0 as const, 1 as const, 2 as const),
});

const ending: fc.Arbitrary<JobCommand> = fc.record({ do: fc.constantFrom('cancel' as const, 'breakOff' as const) });

test('Whatever happens in whatever order, a job at the broadcaster ends once, and leaves no call, timer or publisher behind.', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 12, arbitrary: command }, distrust), { maxLength: 50 }),
      ending,
      fc.array(command, { maxLength: 5 }),
      async (before, end, after) => {
        const world = new JobWorld();
        await world.start();
        for (const each of before) await world.run(each);
        await world.run(end);
        for (const each of after) await world.run(each);
        // One that is cancelled properly may take this long to finish its outputs, and no longer.
        await world.run({ do: 'pass', ms: 5000 });
        expect(world.outcome).toBeDefined();
        expect(world.events.filter(isOutcome)).toHaveLength(1);
      },
    ),
    { numRuns: 600 },
  );
});

test('A job whose orchestrators and transcoders never do any good ends by itself.', async () => {
  const bad = fc.oneof(
    fc.record({ do: fc.constant('refuse' as const), reason }),
    fc.record({ do: fc.constant('break' as const) }),
    stopPaying,
    fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(5000, 10_000) }),
    fc
      .record({
        do: fc.constant('end' as const),
        fault: fc.constantFrom('transcoder' as const, 'orchestrator' as const, 'source' as const),
        code: fc.constantFrom('SAMPLE', 'WORKER_CRASHED'),
      })
      .map((command) => ({ ...command, whose: 'its own' as const })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bad, { minLength: 20, maxLength: 20 }), async (commands) => {
      const world = new JobWorld();
      await world.start();
      for (const each of commands) {
        await world.run({ do: 'accept' });
        await world.run(each);
      }
      await world.run({ do: 'break' });
      expect(world.outcome).toMatchObject({ type: 'failed' });
    }),
  );
});

test('The random orders of events get far: some of them see failovers, revivals and proper ends.', async () => {
  const seen = { finished: 0, manyAttempts: 0, resumed: 0 };
  for (const commands of fc.sample(fc.array(command, { minLength: 30, maxLength: 60 }), { numRuns: 500, seed: 1 })) {
    const world = new JobWorld();
    await world.start();
    for (const each of commands) await world.run(each);
    if (world.outcome?.type === 'finished') seen.finished += 1;
    if (world.accepted.size > 2) seen.manyAttempts += 1;
    if (world.orders.some(({ resumeAtUs }) => resumeAtUs !== undefined)) seen.resumed += 1;
  }
  expect(seen.finished).toBeGreaterThan(10);
  expect(seen.manyAttempts).toBeGreaterThan(10);
  expect(seen.resumed).toBeGreaterThan(10);
});
