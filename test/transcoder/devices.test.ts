import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { devices } from '../../src/index.js';

test('The report says what the CPU offers, and either which GPUs there are or why there is none', async () => {
  const { cpu, ffmpeg, gpus, gpuProblem } = await devices();
  expect(cpu.cores).toBeGreaterThan(0);
  expect(cpu.decodes).toEqual(expect.arrayContaining(['h264', 'hevc', 'av1', 'vp9', 'mpeg2video']));
  expect(cpu.encodes).toContain('h264');
  expect(ffmpeg.version).not.toBe('');
  expect(gpus.length === 0).toBe(gpuProblem !== undefined && gpuProblem !== '');
});

test('Many can be asked for at once, while the event loop and its thread pool stay free', async () => {
  const reports = Array.from({ length: 8 }, () => devices());
  await readFile(new URL(import.meta.url));
  expect(new Set((await Promise.all(reports)).map(({ cpu }) => cpu.cores)).size).toBe(1);
});
