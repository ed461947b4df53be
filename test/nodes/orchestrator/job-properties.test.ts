import fc from 'fast-check';
import { expect, test } from 'vitest';

import { JobWorld, type From, type JobCommand, type Whose } from './job-world.js';

const from: fc.Arbitrary<From> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<From>('holder') },
  fc.constantFrom<From>(0, 1, 2),
);
const whose: fc.Arbitrary<Whose> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Whose>('its own') },
  fc.constantFrom<Whose>('an older', 'a later'),
);
const fault = fc.constantFrom(undefined, 'source', 'output', 'transcoder', 'orchestrator', 'cancelled');

const command: fc.Arbitrary<JobCommand> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      repeated: fc.integer({ min: 0, max: 5 }).map((number) => number === 0),
      dear: fc.integer({ min: 0, max: 5 }).map((number) => number === 0),
    }),
  },
  fc.record({ do: fc.constant('cancel' as const), finish: fc.boolean() }),
  fc.record({ do: fc.constant('goUnpaid' as const) }),
  { weight: 8, arbitrary: fc.record({ do: fc.constant('accept' as const), from, whose }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('refuse' as const), from, whose }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('progress' as const), from, whose, encodes: fc.boolean() }) },
  fc.record({ do: fc.constant('boast' as const), from, whose }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), from, whose, fault }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('lose' as const), from, byItsFault: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(25, 500, 1000, 1500, 10_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('occupy' as const), from, isFree: fc.boolean() }) },
);

test('Whatever happens in whatever order, a job at the orchestrator hangs up once, ends every attempt once, and leaves no transcoder busy.', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const world = new JobWorld();
      for (const each of commands) world.run(each);
      // A broadcaster may leave at any time; one that has left is not heard again.
      world.run({ do: 'leave' });
      for (const each of commands) world.run(each);
      expect(world.hangUps).toBe(1);
      for (const { assigned, released } of world.transcoders) expect(released).toBe(assigned);
      expect(new Set(world.counted)).toEqual(new Set([...world.counted, ...world.accepted]));
    }),
    { numRuns: 800 },
  );
});

test('The random orders of events get far: some of them see failovers, stalls and proper ends.', () => {
  const seen = { failovers: 0, finished: 0, stalled: 0 };
  for (const commands of fc.sample(fc.array(command, { minLength: 30, maxLength: 60 }), { numRuns: 2000, seed: 2 })) {
    const world = new JobWorld();
    for (const each of commands) world.run(each);
    if (world.accepted.size > 1) seen.failovers += 1;
    for (const response of world.said) {
      if (response.$case !== 'event' || response.value.event?.$case !== 'ended') continue;
      const code = response.value.event.value.fault?.code;
      if (code === undefined) seen.finished += 1;
      if (code === 'TRANSCODER_STALLED') seen.stalled += 1;
    }
  }
  expect(seen.failovers).toBeGreaterThan(20);
  expect(seen.finished).toBeGreaterThan(20);
  expect(seen.stalled).toBeGreaterThan(5);
});
