import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { Transcoder } from '../../src/index.js';
import type { RenditionOptions, TranscodeErrorCode, TranscoderOptions } from '../../src/index.js';
import { freeTcpPort, freeUdpPort } from '../servers/free-port.js';
import { nginxRtmpMissing } from '../servers/nginx-rtmp.js';
import { closingAfter, deafAfter, refusingAfter, resettingAfter } from '../servers/receiving.js';
import { status } from '../servers/sending.js';
import { SrtPeer, srtMissing } from '../servers/srt-peer.js';
import { test } from './fixtures.js';
import { complaints, pictures } from './judge.js';
import { source } from './sources.js';
import { rendition } from './transcoding.js';

/** 4 s. Some renditions of it are large, so that no buffer of the system holds all of one. */
const original = () => source({ name: 'fault-source.ts', seconds: 4, size: '640x360' });

/**
 * Runs a job of three renditions, the one in the middle to where it will fail, and expects that the others do not
 * notice.
 */
async function expectToFailAlone(
  output: RenditionOptions['output'],
  failure: { code: TranscodeErrorCode; httpStatus?: number; retryable?: boolean },
  folder: string,
  meanwhile: Partial<TranscoderOptions> & { started?: () => void } = {},
): Promise<void> {
  const { started, ...options } = meanwhile;
  const healthy = ['a.ts', 'c.mp4'].map((name) => join(folder, name));
  const [first, last] = healthy.map((path) => rendition(path));
  if (!first || !last) throw new Error('unreachable: there are two of them');
  const large = { width: 640, height: 360, bitrate: 40_000_000, gop: 'intra' } as const;
  const faulty = { ...rendition(output, large), name: 'faulty' };
  const transcoder = new Transcoder({
    input: await original(),
    renditions: [first, faulty, last],
    accel: 'none',
    ...options,
  });
  transcoder.on('renditionStarted', ({ name }) => {
    if (name === 'faulty') started?.();
  });
  const told: string[] = [];
  transcoder.on('renditionFailed', ({ name }) => told.push(name));
  const result = await transcoder.run();
  expect(result.renditions).toMatchObject([
    { state: 'finished' },
    { state: 'failed', error: { stage: 'sink', ...failure } },
    { state: 'finished' },
  ]);
  expect(told).toStrictEqual(['faulty']);
  for (const path of healthy) {
    expect(await pictures(path), path).toHaveLength(120);
    expect(await complaints(path), path).toBe('');
  }
}

describe('An output over HTTP fails alone', () => {
  test('when nobody listens there', async ({ folder }) => {
    const url = `http://127.0.0.1:${await freeTcpPort()}/a.ts`;
    await expectToFailAlone(url, { code: 'CONNECTION_REFUSED', retryable: true }, folder);
  });

  test('when its host has no address', async ({ folder }) => {
    await expectToFailAlone('http://nowhere.invalid/a.ts', { code: 'HOST_NOT_FOUND' }, folder);
  });

  test.for([
    [401, 'UNAUTHORIZED', false],
    [403, 'UNAUTHORIZED', false],
    [404, 'NOT_FOUND', false],
    [405, 'HTTP_STATUS', false],
    [500, 'HTTP_STATUS', true],
    [503, 'HTTP_STATUS', true],
  ] as const)('when it is answered %i at once', async ([httpStatus, code, retryable], { folder, http }) => {
    const url = http.on('/a.ts', status(httpStatus));
    await expectToFailAlone(url, { code, httpStatus, retryable }, folder);
  });

  test('when it is answered 403 in mid-upload', async ({ folder, http }) => {
    const url = http.on('/a.ts', refusingAfter(500_000, 403));
    await expectToFailAlone(url, { code: 'UNAUTHORIZED', httpStatus: 403 }, folder);
  });

  test('when it is answered 500 behind the last byte', async ({ folder, http }) => {
    const url = http.on('/a.ts', async (request, response) => {
      request.resume();
      await new Promise((resolve) => request.once('end', resolve));
      response.writeHead(500).end();
    });
    await expectToFailAlone(url, { code: 'HTTP_STATUS', httpStatus: 500 }, folder);
  });

  test('when the connection is reset', async ({ folder, http }) => {
    const url = http.on('/a.ts', resettingAfter(500_000));
    await expectToFailAlone(url, { code: 'CONNECTION_RESET', retryable: true }, folder);
  });

  test('when the server closes without an answer', async ({ folder, http }) => {
    const url = http.on('/a.ts', closingAfter(500_000));
    await expectToFailAlone(url, { code: 'CONNECTION_RESET', retryable: true }, folder);
  });

  test('when the server never reads', async ({ folder, http }) => {
    const url = http.on('/a.ts', deafAfter(0));
    await expectToFailAlone({ url, stallTimeoutMs: 1000 }, { code: 'STALLED', retryable: true }, folder);
  });

  test('when the server stops reading', async ({ folder, http }) => {
    const url = http.on('/a.ts', deafAfter(500_000));
    await expectToFailAlone({ url, stallTimeoutMs: 1000 }, { code: 'STALLED', retryable: true }, folder);
  });

  test('when the server stops reading a live source, which waits for nobody', async ({ folder, http }) => {
    const url = http.on('/a.ts', deafAfter(500_000));
    const input = { url: await original(), pace: 'live' } as const;
    await expectToFailAlone({ url, stallTimeoutMs: 3000 }, { code: 'STALLED' }, folder, { input });
  });

  test('when the server never answers', async ({ folder, http }) => {
    const url = http.on('/a.ts', (request) => {
      request.resume();
    });
    await expectToFailAlone({ url, stallTimeoutMs: 1000 }, { code: 'STALLED', retryable: true }, folder);
  });

  test('when it is redirected, which a live upload cannot follow', async ({ folder, http }) => {
    const url = http.on('/a.ts', status(307, { Location: http.url('/b.ts') }));
    await expectToFailAlone(url, { code: 'HTTP_STATUS', httpStatus: 307 }, folder);
  });

  test('when its certificate is not trusted', async ({ folder, https }) => {
    await expectToFailAlone(https.url('/a.ts'), { code: 'TLS_UNTRUSTED', retryable: false }, folder);
  });

  test('when it speaks no TLS', async ({ folder, http }) => {
    const url = http.url('/a.ts').replace('http:', 'https:');
    await expectToFailAlone(url, { code: 'TLS_FAILED' }, folder);
  });
});

describe('An output to a file fails alone', () => {
  test('when its folder is not there', async ({ folder }) => {
    await expectToFailAlone(join(folder, 'no', 'such', 'a.ts'), { code: 'NOT_FOUND' }, folder);
  });

  test('when the disk is full', async ({ folder }) => {
    await expectToFailAlone({ url: '/dev/full', format: 'mpegts' }, { code: 'FILE_FAILED' }, folder);
  });
});

describe.skipIf(nginxRtmpMissing)(`An output over RTMP fails alone ${nginxRtmpMissing}`, () => {
  test('when nobody listens there', async ({ folder }) => {
    const url = `rtmp://127.0.0.1:${await freeTcpPort()}/live/a`;
    await expectToFailAlone(url, { code: 'CONNECTION_REFUSED', retryable: true }, folder);
  });

  test('when the server does not let it publish', async ({ folder, nginx }) => {
    await expectToFailAlone(nginx.url('a', 'denied'), { code: 'UNAUTHORIZED' }, folder);
  });

  test('when there is no such application', async ({ folder, nginx }) => {
    await expectToFailAlone(nginx.url('a', 'nothing'), { code: 'UNAUTHORIZED' }, folder);
  });

  test('when the server dies in mid-stream', async ({ folder, nginx }) => {
    const started = () => void nginx.kill();
    await expectToFailAlone(nginx.url('a'), { code: 'CONNECTION_RESET', retryable: true }, folder, { started });
  });

  test('when the server goes to sleep in mid-stream', async ({ folder, nginx }) => {
    const started = () => {
      nginx.freeze();
    };
    const output = { url: nginx.url('a'), stallTimeoutMs: 1000 };
    await expectToFailAlone(output, { code: 'STALLED', retryable: true }, folder, { started });
  });

  test('when the peer is no RTMP server', async ({ folder, http }) => {
    const url = `rtmp://127.0.0.1:${http.port}/live/a`;
    await expectToFailAlone({ url, connectTimeoutMs: 1000 }, { code: 'PROTOCOL' }, folder);
  });
});

describe.skipIf(srtMissing)(`An output over SRT fails alone ${srtMissing}`, () => {
  test('when nobody listens there', async ({ folder }) => {
    const output = { url: `srt://127.0.0.1:${await freeUdpPort()}`, connectTimeoutMs: 1000 };
    await expectToFailAlone(output, { code: 'TIMED_OUT', retryable: true }, folder);
  });

  test('when its passphrase is wrong', async ({ folder }) => {
    await using peer = await SrtPeer.receiving(join(folder, 'srt.ts'), 'correct-horse');
    await expectToFailAlone(peer.url('?passphrase=battery-staple'), { code: 'UNAUTHORIZED' }, folder);
  });

  test('when the peer dies in mid-stream', async ({ folder }) => {
    await using peer = await SrtPeer.receiving(join(folder, 'srt.ts'));
    const started = () => void peer[Symbol.asyncDispose]();
    const output = { url: peer.url(), stallTimeoutMs: 1000 };
    await expectToFailAlone(output, { code: 'STALLED', retryable: true }, folder, { started });
  });
});

test.for(['mpegts', 'flv', 'mp4'] as const)(
  'An output that takes not a byte of %s is not said to have started',
  async (format) => {
    const transcoder = new Transcoder({
      input: await original(),
      accel: 'none',
      renditions: [rendition({ url: '/dev/full', format })],
    });
    const started: string[] = [];
    transcoder.on('renditionStarted', ({ name }) => started.push(name));
    await expect(transcoder.run()).rejects.toMatchObject({ code: 'FILE_FAILED' });
    expect(started).toStrictEqual([]);
  },
);

test('When every output fails, the job rejects with the first failure and tells all of them', async ({ http }) => {
  const transcoder = new Transcoder({
    input: await original(),
    accel: 'none',
    renditions: [
      { ...rendition(http.on('/a.ts', status(403))), name: 'a' },
      { ...rendition(http.on('/b.ts', resettingAfter(1))), name: 'b' },
    ],
  });
  const error: unknown = await transcoder.run().catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    result: {
      renditions: [
        { name: 'a', state: 'failed', error: { code: 'UNAUTHORIZED' } },
        { name: 'b', state: 'failed', error: { code: 'CONNECTION_RESET' } },
      ],
    },
  });
});
