import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { Registry } from 'prom-client';
import { afterEach, expect, test } from 'vitest';

import { Orchestrator } from '../../../src/nodes/orchestrator/orchestrator.js';
import { OrchestratorClient } from '../../../src/nodes/broadcaster/orchestrator-client.js';
import { OrchestratorMetrics } from '../../../src/observe/orchestrator-metrics.js';
import type { Endpoint } from '../../../src/rpc/endpoint.js';
import { freeTcpPort } from '../../servers/free-port.js';
import { TcpProxy } from '../../servers/tcp-proxy.js';
import { ScriptedCall } from '../scripted-call.js';
import { ScriptedTranscoder } from '../scripted-transcoder.js';
import { silentLog } from '../silent-log.js';
import { sampleOrder } from '../wire-samples.js';

const started: (Disposable | AsyncDisposable)[] = [];

function use<Started extends Disposable | AsyncDisposable>(one: Started): Started {
  started.push(one);
  return one;
}

afterEach(async () => {
  for (const one of started.splice(0).reverse()) {
    if (Symbol.asyncDispose in one) await one[Symbol.asyncDispose]();
    else one[Symbol.dispose]();
  }
});

async function orchestrator(endpoint: Endpoint = { host: '127.0.0.1', port: 0 }): Promise<Orchestrator> {
  return use(
    await Orchestrator.start({
      endpoint,
      secret: 'secret',
      price: { wei: 1, pixels: 1 },
      maxSessions: 'auto',
      stallTimeoutMs: 600,
      log: silentLog,
      metrics: new OrchestratorMetrics(new Registry()),
    }),
  );
}

test('A transcoder finds an orchestrator that comes after it.', async () => {
  const endpoint = { host: '127.0.0.1', port: await freeTcpPort() };
  const transcoder = use(new ScriptedTranscoder('early', endpoint));
  await orchestrator(endpoint);
  await transcoder.until(({ connections }) => connections === 1);
});

test('It finds an orchestrator again that was started anew, and stops what that knows nothing of.', async () => {
  const first = await orchestrator();
  const transcoder = use(new ScriptedTranscoder('steady', first.endpoint));
  await transcoder.until(({ connections }) => connections === 1);
  const call = new ScriptedCall(use(new OrchestratorClient(first.endpoint, {})));
  call.call.order(sampleOrder());
  await call.hears('accepted 1');
  await first[Symbol.asyncDispose]();
  await orchestrator(first.endpoint);
  await transcoder.until(({ connections }) => connections === 2);
  expect(transcoder.running.size).toBe(0);
});

test('It gives up a connection on which nobody answers, and dials again.', async () => {
  let dials = 0;
  const silent = createServer((socket) => {
    dials += 1;
    socket.resume().on('error', () => undefined);
    server.emit('dialled');
  });
  const server = silent.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const transcoder = use(new ScriptedTranscoder('patient', { host: '127.0.0.1', port }));
  while (dials < 2) await once(server, 'dialled');
  transcoder[Symbol.dispose]();
  server.close();
});

test('An idle one notices an orchestrator that has vanished, and is there when it is back.', async () => {
  const { endpoint } = await orchestrator();
  const proxy = use(await TcpProxy.start(endpoint.port));
  const transcoder = use(new ScriptedTranscoder('idle', { host: '127.0.0.1', port: proxy.port }));
  await transcoder.until(({ connections }) => connections === 1);
  proxy.hold();
  await transcoder.until(({ link }) => !link.isConnected);
  proxy.letGo();
  await transcoder.until(({ connections }) => connections === 2);
  expect(transcoder.leasesLost).toEqual([]);
});

test('One that is at work, and whose orchestrator is heard, keeps its lease however little happens.', async () => {
  const { endpoint } = await orchestrator();
  const transcoder = use(new ScriptedTranscoder('quiet', endpoint));
  await transcoder.until(({ connections }) => connections === 1);
  const call = new ScriptedCall(use(new OrchestratorClient(endpoint, {})));
  call.call.order(sampleOrder());
  await call.hears('accepted 1');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(transcoder.leasesLost).toEqual([]);
  transcoder.end(sampleOrder());
  await call.hears('ended 1');
});
