import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { JobResponse } from '../../../src/nodes/broadcaster/job-response.js';
import { sampleProgress } from '../wire-samples.js';

const server = createServer();
let response: ServerResponse;
let job: JobResponse;

beforeEach(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // Nobody reads what is answered.
  const request = httpRequest({ host: '127.0.0.1', port, headers: { accept: 'application/x-ndjson' }, agent: false });
  request.on('error', () => undefined).end();
  const [asked, answer] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  response = answer;
  job = new JobResponse(asked, response);
  job.event({ type: 'accepted', job: 'job', attempt: 1, orchestrator: 'first:1', transcoder: 'first' });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('Of figures and warnings, a listener that does not read gets no more than it can be made to keep.', () => {
  for (let time = 0; time < 1000; time += 1) {
    job.event({ type: 'warning', attempt: 1, code: 'ANY', message: 'x'.repeat(4096) });
    job.event({ type: 'progress', attempt: 1, progress: sampleProgress(time, time) });
  }
  expect(response.writableLength).toBeLessThan(100_000);
});
