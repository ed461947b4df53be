import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { NvidiaDouble, nvidiaDoubleMissing } from '../servers/nvidia-double.js';

const library = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

/** Live jobs of one process, begun one after the other: where each is said to encode, and what it warned of. */
async function jobsOn(double: NvidiaDouble, accels: readonly string[]): Promise<{ encode: string; codes: string[] }[]> {
  const script = `
    import { Writable } from 'node:stream';
    import { Transcoder } from ${JSON.stringify(library)};
    const told = [];
    const jobs = [];
    for (const accel of ${JSON.stringify(accels)}) {
      const stream = new Writable({ write: (_bytes, _encoding, done) => done() });
      const renditions = [{ profile: { width: 320, height: 180, bitrate: 300_000 }, output: { stream, format: 'mpegts' } }];
      const job = new Transcoder({ input: 'testpattern:640x360@30', renditions, accel, audio: 'drop' });
      const codes = [];
      job.on('warning', ({ code }) => codes.push(code));
      const started = new Promise((resolve) => job.on('started', ({ renditions: [plan] }) => resolve(plan.encode)));
      const failed = job.run().then(() => 'ended', ({ code }) => code);
      told.push({ encode: await Promise.race([started, failed]), codes });
      jobs.push(job);
    }
    process.stdout.write(JSON.stringify(told));
    await Promise.all(jobs.map((job) => job[Symbol.asyncDispose]()));
  `;
  const env = { ...process.env, ...double.env };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
  return JSON.parse(stdout) as { encode: string; codes: string[] }[];
}

const places = async (double: NvidiaDouble, accels: readonly string[]) =>
  (await jobsOn(double, accels)).map(({ encode }) => encode);

// On a double of NVIDIA's libraries: no GPU is involved.
describe.skipIf(nvidiaDoubleMissing)('The jobs of a process, on a double of NVIDIA’s libraries,', () => {
  test('are spread over the GPUs that they name.', async () => {
    using double = new NvidiaDouble({ cards: 3 });
    const accels = ['nvidia:0,2', 'nvidia:0,2', 'nvidia:0,2'];
    expect(await places(double, accels)).toEqual(['nvidia:0', 'nvidia:2', 'nvidia:0']);
  }, 60_000);

  test('are spread over all of them where they name none.', async () => {
    using double = new NvidiaDouble({ cards: 2 });
    expect((await places(double, ['nvidia', 'auto', 'nvidia:all', 'nvidia'])).toSorted()).toEqual([
      ...['nvidia:0', 'nvidia:0'],
      ...['nvidia:1', 'nvidia:1'],
    ]);
  }, 60_000);

  test('begin on another GPU when the first is lost.', async () => {
    using double = new NvidiaDouble({ cards: 2, lost: 0 });
    expect(await places(double, ['nvidia:0,1'])).toEqual(['nvidia:1']);
  }, 60_000);

  test('go on on the CPU, and say so, when the driver allows no more encoders.', async () => {
    using double = new NvidiaDouble({ cards: 1, 'encoder-sessions': 1 });
    expect(await jobsOn(double, ['auto', 'auto'])).toEqual([
      { encode: 'nvidia:0', codes: [] },
      { encode: 'cpu', codes: ['DEVICE_SESSIONS_EXHAUSTED'] },
    ]);
  }, 60_000);
});
