import { once } from 'node:events';

import type { ServerDuplexStream } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { OrchestratorClient } from '../../../src/nodes/broadcaster/orchestrator-client.js';
import {
  OrchestratorServiceService,
  type RunJobRequest,
  type RunJobResponse,
} from '../../../src/rpc/generated/millrace/v1/orchestrator.js';
import { RpcServer } from '../../../src/rpc/rpc-server.js';
import { ScriptedCall } from '../scripted-call.js';
import { sampleOrder } from '../wire-samples.js';

type Call = ServerDuplexStream<RunJobRequest, RunJobResponse>;

test('A call that the orchestrator does not end, though the broadcaster has, is broken off.', async () => {
  let called: (call: Call) => void;
  const taken = new Promise<Call>((resolve) => (called = resolve));
  const implementation = {
    getOffer: () => undefined,
    runJob: (call: Call) => {
      call.on('data', () => {
        called(call);
      });
    },
  };
  await using server = await RpcServer.start({
    endpoint: { host: '127.0.0.1', port: 0 },
    services: [{ definition: OrchestratorServiceService, implementation }],
  });
  using client = new OrchestratorClient(server.endpoint, {});
  const scripted = new ScriptedCall(client);
  scripted.call.order(sampleOrder());
  const call = await taken;
  scripted.call.close();
  await once(call, 'cancelled');
  expect(scripted.told).toEqual([]);
});
