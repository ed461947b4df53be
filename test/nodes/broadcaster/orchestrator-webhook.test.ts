import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import {
  OrchestratorWebhook,
  type OrchestratorWebhookOptions,
} from '../../../src/nodes/broadcaster/orchestrator-webhook.js';

import { WebhookServer } from './webhook-server.js';

let server: WebhookServer;
let warnings: string[];
beforeEach(async () => {
  server = await WebhookServer.start();
  warnings = [];
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 30_000 });
}

function follow(options: Partial<OrchestratorWebhookOptions> = {}): OrchestratorWebhook {
  return new OrchestratorWebhook({ url: server.url, onWarning: (sentence) => warnings.push(sentence), ...options });
}

test('Its list is asked for by GET, and taken as Livepeer’s webhooks have it.', async () => {
  server.answer(200, JSON.stringify([{ address: 'https://a.example:8935', score: 1 }, 'b.example:8935']));
  await using source = follow();
  await source.start();

  expect(source.addresses()).toEqual(['a.example:8935', 'b.example:8935']);
  expect(server.requests).toEqual([{ method: 'GET', authorization: undefined, body: '' }]);
});

test('It is asked again when the list is no longer good, and a change is told.', async () => {
  server.answer(200, '["a:1"]');
  await using source = follow({ refreshMs: 10 });
  const told: (readonly string[])[] = [];
  source.onChange((addresses) => told.push(addresses));
  await source.start();
  await eventually(() => {
    expect(server.requests.length).toBeGreaterThan(2);
  });
  server.answer(200, '["b:2"]');
  await eventually(() => {
    expect(source.addresses()).toEqual(['b:2']);
  });

  expect(told).toEqual([['a:1'], ['b:2']]);
});

test.each([
  [500, '["b:2"]', 'answered with HTTP 500'],
  [404, '', 'answered with HTTP 404'],
  [200, 'nonsense', 'answered with what is not JSON'],
  [200, '{}', 'answered with what is not a JSON list'],
  [200, '[]', 'listed no orchestrator'],
  [200, '["nonsense"]', 'listed no orchestrator'],
])('An answer of %i %s keeps the last good list and warns.', async (status, body, reason) => {
  server.answer(200, '["a:1"]');
  await using source = follow({ refreshMs: 10, retryMs: 60_000 });
  await source.start();
  server.answer(status, body);
  await eventually(() => {
    expect(warnings).toEqual([`The webhook for orchestrators ${reason}; the list stays as it was.`]);
  });

  expect(source.addresses()).toEqual(['a:1']);
});

test('A webhook that fails at the start is asked again before long.', async () => {
  server.answer(503);
  await using source = follow({ retryMs: 10 });
  await source.start();
  expect(source.addresses()).toEqual([]);
  server.answer(200, '["a:1"]');

  await eventually(() => {
    expect(source.addresses()).toEqual(['a:1']);
  });
});

test('A webhook that does not answer in time is not waited for.', async () => {
  server.respond = () => undefined;
  await using source = follow({ timeoutMs: 50 });
  await source.start();

  expect(warnings).toEqual(['The webhook for orchestrators did not answer within 50 ms; the list stays as it was.']);
});

test('Entries that are no addresses are left out, and warned of.', async () => {
  server.answer(200, '["a:1","nonsense"]');
  await using source = follow();
  await source.start();

  expect(source.addresses()).toEqual(['a:1']);
  expect(warnings).toEqual(["In the answer of the webhook for orchestrators: Entry 2 is no orchestrator's host:port."]);
});

test('Disposing of it in the middle of a question ends the question, in silence.', async () => {
  const asked = new Promise<ServerResponse>((resolve) => {
    server.respond = resolve;
  });
  const source = follow({ timeoutMs: 60_000 });
  const started = source.start();
  const closed = once(await asked, 'close');
  await source[Symbol.asyncDispose]();
  await Promise.all([started, closed]);

  expect(warnings).toEqual([]);
});
