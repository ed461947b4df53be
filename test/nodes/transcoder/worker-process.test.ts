import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

const entry = fileURLToPath(new URL('../../../dist/nodes/transcoder/worker-process.js', import.meta.url));

test('A worker whose node is gone before it has started ends', async ({ onTestFinished }) => {
  const worker = fork(entry, [], { serialization: 'advanced', stdio: 'ignore', execArgv: [] });
  onTestFinished(() => {
    worker.kill('SIGKILL');
  });
  const ended = once(worker, 'exit');
  worker.disconnect();
  expect(await ended).toStrictEqual([0, null]);
});
