import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';

import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { Registry } from 'prom-client';
import { afterEach, expect, test, vi } from 'vitest';

import { Orchestrator } from '../../../src/nodes/orchestrator/orchestrator.js';
import { OrchestratorClient } from '../../../src/nodes/broadcaster/orchestrator-client.js';
import { createLog } from '../../../src/observe/log.js';
import { OrchestratorMetrics } from '../../../src/observe/orchestrator-metrics.js';
import { OrchestratorLink, type LinkListener } from '../../../src/nodes/transcoder/orchestrator-link.js';
import type { Endpoint } from '../../../src/rpc/endpoint.js';
import {
  TranscoderServiceService,
  type ConnectRequest,
  type ConnectResponse,
} from '../../../src/rpc/generated/millrace/v1/transcoder.js';
import { CertificateAuthority } from '../../servers/certificate-authority.js';
import { freeTcpPort } from '../../servers/free-port.js';
import { SilentPeer } from '../../servers/silent-peer.js';
import { TcpProxy } from '../../servers/tcp-proxy.js';
import { ScriptedCall } from '../scripted-call.js';
import { ScriptedTranscoder } from '../scripted-transcoder.js';
import { orchestratorTrust } from '../sample-trust.js';
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

/** Of a transcoder that nothing is asked of. */
const idleListener: LinkListener = {
  hello: () => ({
    ...{ instanceId: 'idle', name: 'idle', version: '1.0.0', pixelsPerSecond: 1, maxSessions: 0 },
    ...{ decoders: [], encoders: [], devices: [], running: [] },
  }),
  isAtWork: () => false,
  onWelcome: () => undefined,
  onOrder: () => undefined,
  onRevoke: () => undefined,
  onLeaseLost: () => undefined,
  onConnected: () => undefined,
};

async function orchestrator(endpoint: Endpoint = { host: '127.0.0.1', port: 0 }): Promise<Orchestrator> {
  return use(
    await Orchestrator.start({
      endpoint,
      secret: 'secret',
      price: { wei: 1, pixels: 1 },
      ...orchestratorTrust,
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
  call.order(sampleOrder());
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

test('A certificate that is missing by then does not end it.', async () => {
  await using silent = await SilentPeer.start();
  using authority = new CertificateAuthority();
  let said = '';
  const log = createLog({ level: 'warn', destination: { write: (line) => (said += line) } });
  const options = { endpoint: { host: '127.0.0.1', port: silent.port }, tls: { caFile: authority.file }, log };
  using _ = new OrchestratorLink(options, idleListener);
  rmSync(authority.file);
  await vi.waitFor(() => {
    expect(said).toContain('cannot dial the orchestrator anew');
  }, 10_000);
});

test('One that is let in and thrown out again and again does not dial as fast as it can.', async () => {
  let dials = 0;
  const server = new Server();
  server.addService(TranscoderServiceService, {
    connect: (call: ServerDuplexStream<ConnectRequest, ConnectResponse>) => {
      dials += 1;
      const terms = { heartbeatMs: 500, progressMs: 250, leaseMs: 1500, revoked: [] };
      call.write({ response: { $case: 'welcome', value: terms } });
      call.end();
    },
  });
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind('127.0.0.1:0', ServerCredentials.createInsecure());
  use(new ScriptedTranscoder('unwelcome', { host: '127.0.0.1', port }));
  await new Promise((resolve) => setTimeout(resolve, 2000));
  server.forceShutdown();
  expect(dials).toBeGreaterThan(1);
  expect(dials).toBeLessThan(12);
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
  call.order(sampleOrder());
  await call.hears('accepted 1');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(transcoder.leasesLost).toEqual([]);
  transcoder.end(sampleOrder());
  await call.hears('ended 1');
});

test('One that says hello anew in the middle of its work goes on with it, and takes more.', async () => {
  const { endpoint } = await orchestrator();
  const transcoder = use(new ScriptedTranscoder('changed', endpoint));
  await transcoder.until(({ connections }) => connections === 1);
  const client = use(new OrchestratorClient(endpoint, {}));
  const call = new ScriptedCall(client);
  call.order(sampleOrder());
  await call.hears('accepted 1');
  transcoder.link.renew();
  await transcoder.until(({ connections }) => connections === 2);
  expect(transcoder.leasesLost).toEqual([]);
  transcoder.end(sampleOrder());
  await call.hears('ended 1');
  const next = new ScriptedCall(client);
  next.order(sampleOrder({ jobId: 'next' }));
  await next.hears('accepted 1');
});

test('What changed while it was dialling is said as soon as it is let in.', async () => {
  const { endpoint } = await orchestrator();
  const transcoder = use(new ScriptedTranscoder('early', endpoint));
  transcoder.link.renew();
  await transcoder.until(({ connections }) => connections === 2);
});
