// What test/transcoder/lifetime.test.ts does to whole processes: `node lifetime-process.mjs CASE`.
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

import { Transcoder, devices } from '../../dist/index.js';

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

function job(options = {}) {
  const profile = { width: 160, height: 90, bitrate: 100_000, preset: 'ultrafast' };
  return new Transcoder({
    input: 'testpattern:320x180@30',
    renditions: [{ profile, output: { stream: nowhere(), format: 'mpegts' } }],
    ...options,
  });
}

async function running() {
  const transcoder = job();
  const started = new Promise((resolve) => transcoder.once('renditionStarted', resolve));
  transcoder.run().catch(() => {});
  await started;
  return transcoder;
}

function workerFor(name) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: name });
  worker.on('exit', (code) => console.log(`worker ended with ${code}`));
  return new Promise((resolve) => worker.once('message', () => resolve(worker)));
}

const cases = {
  async end() {
    await job({ clip: { to: 0.2 } }).run();
  },
  async exit() {
    await Promise.all([running(), running()]);
    process.exit(7);
  },
  exitAtOnce() {
    job()
      .run()
      .catch(() => {});
    devices().catch(() => {});
    process.exit(7);
  },
  async uncaught() {
    await running();
    throw new Error('A defect of the caller.');
  },
  async terminateWorker() {
    await (await workerFor('run')).terminate();
  },
  async exitInWorker() {
    await workerFor('exit');
  },
  async exitBesideWorker() {
    await workerFor('run');
    process.exit(7);
  },
  async workersSideBySide() {
    await Promise.all([workerFor('end'), workerFor('end'), job({ clip: { to: 0.2 } }).run()]);
  },
  async abandoned() {
    const controller = new AbortController();
    const outcome = job({ signal: controller.signal }).run();
    controller.abort();
    await outcome.catch(({ name }) => console.log(name));
  },
};

if (isMainThread) {
  await cases[process.argv[2]]();
} else {
  if (workerData === 'end') await job({ clip: { to: 0.2 } }).run();
  else await running();
  parentPort.postMessage('ready');
  if (workerData === 'exit') process.exit(3);
}
