import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { Transcoder } from '../../src/index.js';
import { collecting, smallRendition, testPattern } from './test-source.js';

const script = fileURLToPath(new URL('lifetime-process.mjs', import.meta.url));

/** Runs one case of lifetime-process.mjs to its end. */
async function processOf(
  name: string,
): Promise<{ code: number | null; signal: string | null; out: string; err: string }> {
  const child = spawn(process.execPath, [script, name], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null, string | null]>,
  ]);
  return { code, signal, out, err };
}

describe('A process', () => {
  test('ends by itself when its job is over, and the libraries have written nothing to its terminal', async () => {
    expect(await processOf('end')).toStrictEqual({ code: 0, signal: null, out: '', err: '' });
  });

  test('ends by process.exit() in mid-job with the code it was given', async () => {
    expect(await processOf('exit')).toStrictEqual({ code: 7, signal: null, out: '', err: '' });
  });

  test('ends by process.exit() in the moment of a start', async () => {
    expect(await processOf('exitAtOnce')).toStrictEqual({ code: 7, signal: null, out: '', err: '' });
  });

  test('ends by an uncaught exception as any process does', async () => {
    const { code, signal, err } = await processOf('uncaught');
    expect({ code, signal }).toStrictEqual({ code: 1, signal: null });
    expect(err).toContain('A defect of the caller.');
  });

  test('ends after an abort that nobody waited for', async () => {
    expect(await processOf('abandoned')).toStrictEqual({ code: 0, signal: null, out: 'AbortError\n', err: '' });
  });
});

describe('A worker thread', () => {
  test('can be terminated in mid-job', async () => {
    const out = 'worker ended with 1\n';
    expect(await processOf('terminateWorker')).toStrictEqual({ code: 0, signal: null, out, err: '' });
  });

  test('can exit in mid-job', async () => {
    const out = 'worker ended with 3\n';
    expect(await processOf('exitInWorker')).toStrictEqual({ code: 0, signal: null, out, err: '' });
  });

  test('can be in mid-job when the process exits', async () => {
    expect(await processOf('exitBesideWorker')).toMatchObject({ code: 7, signal: null, err: '' });
  });

  test('can run jobs beside other workers and the main thread', async () => {
    const out = 'worker ended with 0\nworker ended with 0\n';
    expect(await processOf('workersSideBySide')).toStrictEqual({ code: 0, signal: null, out, err: '' });
  });
});

describe('A job that is over', () => {
  const count = (folder: string): number => readdirSync(folder).length;
  const once = async (): Promise<void> => {
    const { output } = collecting();
    await new Transcoder({ input: testPattern, clip: { to: 0.1 }, renditions: [smallRendition(output)] }).run();
  };

  test('leaves no thread, descriptor or handle behind', async () => {
    await once();
    const before = [count('/proc/self/task'), count('/proc/self/fd'), process.getActiveResourcesInfo().length];
    for (let job = 0; job < 5; job++) await once();
    expect([count('/proc/self/task'), count('/proc/self/fd'), process.getActiveResourcesInfo().length]).toStrictEqual(
      before,
    );
  });
});
