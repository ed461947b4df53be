import { afterEach, beforeEach, expect, test } from 'vitest';

import { AuthWebhook } from '../../../src/nodes/broadcaster/auth-webhook.js';
import { Problem } from '../../../src/nodes/broadcaster/problem.js';

import { WebhookServer } from './webhook-server.js';

const requestUrl = 'http://127.0.0.1:8936/live/a/0.ts?token=t';
let server: WebhookServer;
beforeEach(async () => {
  server = await WebhookServer.start();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

async function denial(url = server.url, timeoutMs = 10_000): Promise<Problem> {
  try {
    await new AuthWebhook({ url, timeoutMs }).authorize(requestUrl);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('The stream was admitted.');
}

test('It is posted the URL, and a success without a body admits the stream as it is.', async () => {
  await expect(new AuthWebhook({ url: server.url }).authorize(requestUrl)).resolves.toBeUndefined();

  expect(server.requests).toEqual([
    { method: 'POST', authorization: undefined, body: JSON.stringify({ url: requestUrl }) },
  ]);
});

test('A status of 204 admits the stream as well.', async () => {
  server.answer(204);

  await expect(new AuthWebhook({ url: server.url }).authorize(requestUrl)).resolves.toBeUndefined();
});

test('User info in its URL is sent as basic authentication.', async () => {
  await new AuthWebhook({ url: server.url.replace('://', '://me:p%40ss@') }).authorize(requestUrl);

  expect(server.requests[0]?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
});

test('A success with a body decides the configuration.', async () => {
  server.answer(200, JSON.stringify({ manifestID: 'mine', presets: ['P144p30fps16x9'], verificationFreq: 3 }));

  await expect(new AuthWebhook({ url: server.url }).authorize(requestUrl)).resolves.toEqual({
    manifestID: 'mine',
    presets: ['P144p30fps16x9'],
  });
});

test.each(['{}', '{"manifestID":""}', '{"presets":["P144p30fps16x9"]}'])(
  'A body of %s, without a manifestID, denies the stream.',
  async (body) => {
    server.answer(200, body);

    await expect(denial()).resolves.toMatchObject({ status: 403, field: 'manifestID' });
  },
);

test.each([
  [401, 401, 'unauthorized'],
  [403, 403, 'forbidden'],
  [400, 403, 'forbidden'],
  [404, 403, 'forbidden'],
  [500, 503, 'auth-webhook-failed'],
  [503, 503, 'auth-webhook-failed'],
])('Its status %i becomes %i.', async (answered, status, code) => {
  server.answer(answered, '{"manifestID":"mine"}');

  await expect(denial()).resolves.toMatchObject({ status, code });
});

test.each(['nonsense', '[]', '{"profiles":7}'])('A body of %s is the webhook’s failure.', async (body) => {
  server.answer(200, body);

  const problem = await denial();
  expect(problem).toMatchObject({ status: 503, title: 'The authentication webhook failed' });
  expect(problem.field).toBeUndefined();
});

test('A body of more than 64 KiB is the webhook’s failure, and the rest of it is not read.', async () => {
  const closed = new Promise((resolve) => {
    server.respond = (response) => {
      response.once('close', resolve);
      // Never ended: only giving up closes it.
      response.write(' '.repeat(65_537));
    };
  });

  await expect(denial()).resolves.toMatchObject({ status: 503 });
  await closed;
});

test('A redirect is not followed.', async () => {
  server.answer(302, '', { location: `${server.url}/elsewhere` });

  const problem = await denial();
  expect(problem).toMatchObject({ status: 503, code: 'auth-webhook-failed' });
  expect(problem.detail).toContain('redirect (HTTP 302)');
  expect(server.requests).toHaveLength(1);
});

test('A webhook that cannot be reached has failed.', async () => {
  const { url } = server;
  await server[Symbol.asyncDispose]();

  await expect(denial(url)).resolves.toMatchObject({ status: 503, code: 'auth-webhook-failed' });
});

test('A webhook that breaks off its answer has failed.', async () => {
  server.respond = (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
  };

  await expect(denial()).resolves.toMatchObject({ status: 503, code: 'auth-webhook-failed' });
});

test('A webhook that says nothing in time is 504.', async () => {
  server.respond = () => undefined;

  await expect(denial(server.url, 50)).resolves.toMatchObject({ status: 504, code: 'auth-webhook-timed-out' });
});

test('A webhook that begins its answer and does not end it in time is 504.', async () => {
  server.respond = (response) => {
    response.write('{"manifestID":');
  };

  await expect(denial(server.url, 200)).resolves.toMatchObject({ status: 504 });
});

test('Giving up rejects with the reason.', async () => {
  const controller = new AbortController();
  const reason = new Error('The client is gone.');
  server.respond = () => {
    controller.abort(reason);
  };

  await expect(new AuthWebhook({ url: server.url }).authorize(requestUrl, controller.signal)).rejects.toBe(reason);
});

test.each(['ftp://media.example/', 'nonsense', 'http://%zz@media.example/'])('%s is no webhook.', (url) => {
  expect(() => new AuthWebhook({ url })).toThrow(TypeError);
});
