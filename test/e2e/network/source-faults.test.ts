import { describe, expect } from 'vitest';

import { freeTcpPort } from '../../servers/free-port.js';
import { GrowingSource, type GrowingSourceEnd } from '../../servers/growing-source.js';
import type { MediaServer } from '../../servers/media-server.js';
import { status } from '../../servers/sending.js';
import { liveSource, test } from './fixtures.js';
import { notify, tiny, withKey, type UsualNetwork } from './network.js';
import { testSecrets } from './transcript.js';

/** Notifies of a source of 4 s, expects that the job fails by the source's fault in its first attempt, and tells the code. */
async function failure({ broadcaster }: UsualNetwork, http: MediaServer, inputUrl: string): Promise<string> {
  using job = notify(broadcaster, '/live/faulty/0.ts', {
    ...{ inputUrl, outputUrl: withKey(http.url('/out')), duration: 4000, profiles: [tiny('small')] },
  });
  expect(await job.status()).toBe(200);
  expect(await job.ended()).toBe('aborted');
  expect(job.story.filter((event) => event === 'accepted' || event === 'failover')).toStrictEqual(['accepted']);
  const last = job.events.at(-1);
  expect([last?.event, last?.fault?.class]).toStrictEqual(['failed', 'source']);
  return last?.fault?.code ?? '';
}

describe("The source's failure is reported as such, and nobody else tries it, when the source", () => {
  test('refuses the connection', async ({ steady, http }) => {
    const port = await freeTcpPort();
    expect(await failure(steady, http, `http://127.0.0.1:${port}/in.ts`)).toBe('CONNECTION_REFUSED');
  });

  test('is not there', async ({ steady, http }) => {
    expect(await failure(steady, http, withKey(http.on('/in.ts', status(404))))).toBe('NOT_FOUND');
    expect(http.requests.filter((request) => request === 'GET /in.ts')).toHaveLength(1);
  });

  test('is garbage', async ({ steady, http }) => {
    const garbage = Buffer.alloc(200_000, 'no stream of any kind ');
    const inputUrl = http.on('/in.ts', (_request, response) => {
      response.end(garbage);
    });
    expect(await failure(steady, http, withKey(inputUrl))).toBe('FORMAT_INVALID');
    expect(http.requests.filter((request) => request === 'GET /in.ts')).toHaveLength(1);
  });

  test.for<[string, GrowingSourceEnd['then'], string]>([
    ['stalls', 'stall', 'STALLED'],
    ['ends early', 'end', 'SOURCE_ENDED_EARLY'],
  ])('%s', async ([, end, code], { steady, http }) => {
    const source = new GrowingSource(await liveSource(4), 4, { share: 0.3, then: end });
    expect(await failure(steady, http, withKey(http.on('/in.ts', source.handler)))).toBe(code);
    expect(source.requests).toBe(1);
  });
});

test('When the source fails, a caller of plain URLs sees a broken response', async ({ steady, http }) => {
  const configuration = {
    inputUrl: http.on('/in.ts', status(404)),
    ...{ outputUrl: http.url('/out'), duration: 4000, profiles: [tiny('small')] },
  };
  using job = notify(steady.broadcaster, '/live/plain/0.ts', configuration, { as: 'urls' });
  expect(await job.ended()).toBe('aborted');
  expect(job.body).toBe(`${http.url('/out/small/0.ts')}\n`);
});

testSecrets();
