import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { devices } from '../../../src/index.js';
import { runLadder } from '../../../src/transcoder/self-test/ladder-run.js';
import { PlaceTest } from '../../../src/transcoder/self-test/place-test.js';
import { makeSource, seconds } from '../../../src/transcoder/self-test/source.js';

const { signal } = new AbortController();
const { gpus, gpuProblem } = await devices();
let folder: string;
let source: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  source = join(folder, 'source.ts');
  await makeSource(source, signal);
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('The CPU makes the pictures of the source, at a pace that is told.', async () => {
  const report = await new PlaceTest({ place: 'cpu', accel: 'none', folder, source, signal }).run('two cores');
  expect(report).toMatchObject({
    place: 'cpu',
    name: 'two cores',
    stages: { decode: 'cpu', scale: 'cpu', encode: 'cpu', encoder: 'libx264' },
    pictures: { against: 'source' },
  });
  expect(report).not.toHaveProperty('problem');
  expect(report).not.toHaveProperty('sessions');
  expect(report.pictures?.compared).toBeGreaterThan(20);
  expect(report.ladderFps).toBeGreaterThan(0);
  expect(report.decodeFps).toBeGreaterThan(0);
}, 120_000);

test('A place that makes other pictures than the CPU is found out.', async () => {
  // The same seconds, of a pattern that is drawn for another size.
  await runLadder({
    ...{ input: 'testpattern:640x360@30', seconds },
    renditions: [{ profile: { width: 640, height: 360, bitrate: 4_000_000 }, output: join(folder, 'other.ts') }],
    ...{ accel: 'none', signal },
  });
  const reference = { file: () => join(folder, 'other.ts') };
  const report = await new PlaceTest({ place: 'cpu', accel: 'none', folder, source, signal, reference }).run('');
  expect(report.problem).toBe('The pictures are wrong.');
}, 120_000);

test.skipIf(gpus.length > 0)(
  `A GPU that is not there has a problem (${gpuProblem ?? 'skipped: there are GPUs'})`,
  async () => {
    const report = await new PlaceTest({ place: 'nvidia:0', accel: 'nvidia:0', folder, source, signal, device: 0 }).run(
      '',
    );
    expect(report.problem).toMatch(/^DEVICE_UNAVAILABLE: /);
  },
  60_000,
);
