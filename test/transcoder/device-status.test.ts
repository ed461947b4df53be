import { expect, test } from 'vitest';

import { deviceStatus, devices } from '../../src/index.js';

const { gpus } = await devices();

test('A status is of a GPU that there is, and a machine without any has none', async () => {
  const known = new Set(gpus.map(({ index }) => index));
  const statuses = await deviceStatus();
  for (const { index } of statuses) expect(known).toContain(index);
  if (gpus.length === 0) expect(statuses).toEqual([]);
});

test('Many can be asked for at once', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => deviceStatus()));
  for (const answer of answers) expect(answer).toHaveLength(answers[0]?.length ?? 0);
});
