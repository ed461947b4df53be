import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { TranscodeError, Transcoder } from '../../src/index.js';
import type { TranscoderOptions } from '../../src/index.js';
import { freeTcpPort, freeUdpPort } from '../servers/free-port.js';
import { nginxRtmpMissing } from '../servers/nginx-rtmp.js';
import { RtmpPublisher } from '../servers/rtmp-publisher.js';
import { breakingAfter, endingAfter, silentAfter, status, text, unanswered } from '../servers/sending.js';
import { test } from './fixtures.js';
import { complaints, pictures } from './judge.js';
import { source } from './sources.js';
import { rendition, transcode } from './transcoding.js';

const original = () => source({ name: 'input-fault.ts', seconds: 4 });

/** Runs a job that must fail, and returns its error. */
async function failure(options: Pick<TranscoderOptions, 'input'>, folder: string): Promise<TranscodeError> {
  return transcode({
    ...options,
    renditions: [rendition(join(folder, 'a.ts')), rendition(join(folder, 'a.mp4'))],
  }).then(
    () => {
      throw new Error('The job succeeded.');
    },
    (error: unknown) => error as TranscodeError,
  );
}

/** Runs a job that must succeed, and returns the codes of its warnings. */
async function warnings(options: Pick<TranscoderOptions, 'input'>, folder: string): Promise<string[]> {
  const renditions = [rendition(join(folder, 'a.ts')), rendition(join(folder, 'a.mp4'))];
  const transcoder = new Transcoder({ ...options, renditions, accel: 'none' });
  const codes: string[] = [];
  transcoder.on('warning', ({ code }) => codes.push(code));
  await transcoder.run();
  return codes;
}

/** Two seconds in a container that can be read as it comes. */
async function inContainer(container: string): Promise<string> {
  const format = container === 'mp4' ? ['-movflags', '+empty_moov+frag_keyframe+default_base_moof'] : [];
  return source({ name: `input-fault-whole.${container}`, format });
}

/** Expects that both renditions were ended properly, with about `most` pictures, or with at least `least` of them. */
async function expectFinished(folder: string, most: number, least = most - 2): Promise<void> {
  for (const name of ['a.ts', 'a.mp4']) {
    const path = join(folder, name);
    const made = await pictures(path);
    expect(made.length, name).toBeGreaterThanOrEqual(least);
    expect(made.length, name).toBeLessThanOrEqual(most);
    expect(await complaints(path), name).toBe('');
  }
}

describe('A source that cannot be opened is a typed error, and no output is touched:', () => {
  test('nobody listens', async ({ folder }) => {
    const input = `http://127.0.0.1:${await freeTcpPort()}/live.ts`;
    expect(await failure({ input }, folder)).toMatchObject({ code: 'CONNECTION_REFUSED', stage: 'source' });
    expect(existsSync(join(folder, 'a.ts'))).toBe(false);
  });

  test('its host has no address', async ({ folder }) => {
    const error = await failure({ input: 'http://nowhere.invalid/live.ts' }, folder);
    expect(error).toMatchObject({ code: 'HOST_NOT_FOUND', stage: 'source' });
  });

  test.for([
    [401, 'UNAUTHORIZED'],
    [403, 'UNAUTHORIZED'],
    [404, 'NOT_FOUND'],
    [410, 'NOT_FOUND'],
    [500, 'HTTP_STATUS'],
    [503, 'HTTP_STATUS'],
  ] as const)('the answer is %i', async ([httpStatus, code], { folder, http }) => {
    const error = await failure({ input: http.on('/live.ts', status(httpStatus)) }, folder);
    expect(error).toMatchObject({ code, httpStatus, stage: 'source' });
    expect(existsSync(join(folder, 'a.ts'))).toBe(false);
  });

  test('there is no answer', async ({ folder, http }) => {
    const url = http.on('/live.ts', unanswered());
    const error = await failure({ input: { url, connectTimeoutMs: 500 } }, folder);
    expect(error).toMatchObject({ code: 'TIMED_OUT', stage: 'source', retryable: true });
  });

  test('the certificate is not trusted', async ({ folder, https }) => {
    const error = await failure({ input: https.url('/live.ts') }, folder);
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', stage: 'source', retryable: false });
    expect(https.requests).toStrictEqual([]);
  });

  test('it redirects in a circle', async ({ folder, http }) => {
    const url = http.on('/live.ts', status(302, { Location: '/live.ts' }));
    expect(await failure({ input: url }, folder)).toMatchObject({ code: 'PROTOCOL', stage: 'source' });
  });

  test('the body is empty', async ({ folder, http }) => {
    const url = http.on('/live.ts', status(200));
    expect(await failure({ input: url }, folder)).toMatchObject({ code: 'NO_MEDIA', stage: 'source' });
  });

  test('the body is a page for a browser', async ({ folder, http }) => {
    const page = `<!doctype html><title>Not what you wanted</title>${'<p>Really not.</p>'.repeat(1000)}`;
    const url = http.on(
      '/live.ts',
      text(() => page, 'text/html'),
    );
    expect(await failure({ input: url }, folder)).toMatchObject({ code: 'FORMAT_INVALID', stage: 'source' });
  });

  test('the body is noise', async ({ folder, http }) => {
    const url = http.on('/live.ts', (_request, response) => {
      response.end(noise(1 << 20));
    });
    expect(await failure({ input: url }, folder)).toMatchObject({ code: 'FORMAT_INVALID', stage: 'source' });
  });

  test.for(['mpegts', 'flv', 'mp4', 'matroska', 'hls'] as const)(
    'the body is noise where %s was promised',
    async (format, { folder, http }) => {
      const url = http.on('/live', (_request, response) => {
        response.end(noise(1 << 20));
      });
      const error = await failure({ input: { url, format } }, folder);
      expect(error.stage).toBe('source');
      expect(['FORMAT_INVALID', 'NO_MEDIA']).toContain(error.code);
    },
  );

  test.skipIf(nginxRtmpMissing)('its RTMP server does not let it play', async ({ folder, nginx }) => {
    const error = await failure({ input: nginx.url('a', 'denied') }, folder);
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', stage: 'source' });
  });

  test.skipIf(nginxRtmpMissing)('its RTMP stream is not published', async ({ folder, nginx }) => {
    const error = await failure({ input: { url: nginx.url('a'), connectTimeoutMs: 500, stallTimeoutMs: 500 } }, folder);
    expect(error).toMatchObject({ stage: 'source', retryable: true });
    expect(['TIMED_OUT', 'STALLED']).toContain(error.code);
  });

  test('nobody listens for SRT', async ({ folder }) => {
    const input = { url: `srt://127.0.0.1:${await freeUdpPort()}`, connectTimeoutMs: 500 };
    expect(await failure({ input }, folder)).toMatchObject({ code: 'TIMED_OUT', stage: 'source' });
  });

  test('nobody listens for RTSP', async ({ folder }) => {
    const input = `rtsp://127.0.0.1:${await freeTcpPort()}/live`;
    expect(await failure({ input }, folder)).toMatchObject({ code: 'CONNECTION_REFUSED', stage: 'source' });
  });
});

describe('A source that breaks off is a typed error, and what was made is finished properly:', () => {
  test('it goes silent', async ({ folder, http }) => {
    const file = await original();
    const url = http.on('/live.ts', silentAfter(file, halfOf(file)));
    const error = await failure({ input: { url, stallTimeoutMs: 1000 } }, folder);
    expect(error).toMatchObject({ code: 'STALLED', stage: 'source', retryable: true });
    await expectFinished(folder, await picturesInHalf());
  });

  test('its connection is reset', async ({ folder, http }) => {
    const file = await original();
    const url = http.on('/live.ts', breakingAfter(file, halfOf(file)));
    expect(await failure({ input: url }, folder)).toMatchObject({ code: 'CONNECTION_RESET', stage: 'source' });
    // A reset also takes with it what was on its way.
    await expectFinished(folder, await picturesInHalf(), 1);
  });

  test('it is cut off between two chunks of many', async ({ folder, http }) => {
    const file = await original();
    const url = http.on('/live.ts', (_request, response) => {
      response.write(readFileSync(file).subarray(0, halfOf(file)), () => response.socket?.end());
    });
    expect(await failure({ input: url }, folder)).toMatchObject({ code: 'CONNECTION_RESET', stage: 'source' });
    await expectFinished(folder, await picturesInHalf());
  });

  test('it is shorter than was promised', async ({ folder, http }) => {
    const file = await original();
    const url = http.on('/live.ts', (_request, response) => {
      response.writeHead(200, { 'Content-Length': statSync(file).size });
      response.write(readFileSync(file).subarray(0, halfOf(file)), () => response.socket?.end());
    });
    expect(await failure({ input: url }, folder)).toMatchObject({ code: 'CONNECTION_RESET', stage: 'source' });
    await expectFinished(folder, await picturesInHalf());
  });
});

describe('A source that ends early is no error, but a warning,', () => {
  test('when it ends in the middle of a picture', async ({ folder, http }) => {
    const file = await original();
    const url = http.on('/live.ts', endingAfter(file, halfOf(file)));
    expect(await warnings({ input: url }, folder)).toStrictEqual(['SOURCE_TRUNCATED']);
    await expectFinished(folder, await picturesInHalf());
  });

  test('when it is a Readable that ends in the middle of a picture', async ({ folder }) => {
    const file = await original();
    const stream = createReadStream(file, { end: halfOf(file) });
    expect(await warnings({ input: { stream, pace: 'readAhead' } }, folder)).toStrictEqual(['SOURCE_TRUNCATED']);
    await expectFinished(folder, await picturesInHalf());
  });

  // Matroska does not show it.
  test.for(['flv', 'mp4'])('when it is %s, from a server or a file', async (container, { folder, http }) => {
    const file = await inContainer(container);
    const half = join(folder, `half.${container}`);
    writeFileSync(half, readFileSync(file).subarray(0, halfOf(file)));
    const url = http.on('/live', endingAfter(half, statSync(half).size));
    for (const input of [url, half]) {
      expect(await warnings({ input }, folder), input).toStrictEqual(['SOURCE_TRUNCATED']);
      await expectFinished(folder, 40, 20);
    }
  });

  test.for(['ts', 'flv', 'mp4', 'mkv'])(
    'and %s that is whole is not even that',
    async (container, { folder, http }) => {
      const file = await inContainer(container);
      const url = http.on('/live', endingAfter(file, statSync(file).size));
      for (const input of [url, file]) expect(await warnings({ input }, folder), input).toStrictEqual([]);
    },
  );
});

describe('A source that turns into noise', () => {
  test.for(['ts', 'flv', 'mp4', 'mkv'])(
    'and ends is a typed error, and what was made is finished properly: %s',
    async (container, { folder, http }) => {
      const good = readFileSync(await inContainer(container));
      const url = http.on('/live', (_request, response) => {
        response.end(Buffer.concat([good, noise(3 << 20)]));
      });
      const error = await failure({ input: url }, folder);
      expect(error).toMatchObject({ code: 'FORMAT_INVALID', stage: 'source', retryable: false });
      expect(error.result?.renditions.map(({ framesOut }) => framesOut > 50)).toStrictEqual([true, true]);
      await expectFinished(folder, 61, 50);
    },
  );

  test.for(['ts', 'flv', 'mp4', 'mkv'])('and goes on is given up: %s', async (container, { folder, http }) => {
    const good = readFileSync(await inContainer(container));
    const url = http.on('/live', async (_request, response) => {
      response.write(good);
      for (let block = 0; !response.destroyed; block += 1) {
        await new Promise((resolve) => response.write(noise(1 << 20, block), resolve));
        await new Promise(setImmediate);
      }
    });
    expect(await failure({ input: url }, folder)).toMatchObject({ code: 'FORMAT_INVALID', stage: 'source' });
    await expectFinished(folder, 61, 50);
  });

  test.for(['ts', 'flv'])('for a moment goes on behind it: %s', async (container, { folder, http }) => {
    const good = readFileSync(await inContainer(container));
    const middle = Math.floor(good.length / 2 / 188) * 188;
    const damaged = Buffer.concat([good.subarray(0, middle), noise(20_000), good.subarray(middle)]);
    const url = http.on('/live', (_request, response) => {
      response.end(damaged);
    });
    expect(await warnings({ input: url }, folder)).toStrictEqual([]);
    const made = await pictures(join(folder, 'a.ts'));
    expect(made.length).toBeGreaterThan(40);
    expect(made.at(-1)?.timestampUs).toBeGreaterThan((made[0]?.timestampUs ?? 0) + 1_900_000);
  });
});

test.skipIf(nginxRtmpMissing)(
  `A source whose RTMP server dies is finished properly, whether it looks like an end or not ${nginxRtmpMissing}`,
  async ({ folder, nginx }) => {
    const renditions = [rendition(join(folder, 'a.ts')), rendition(join(folder, 'a.mp4'))];
    const transcoder = new Transcoder({ input: nginx.url('a'), renditions, accel: 'none', progressIntervalMs: 50 });
    transcoder.on('progress', ({ sourceFrames }) => {
      if (sourceFrames >= 30) void nginx.kill();
    });
    const job = transcoder.run().catch((error: unknown) => error);
    await nginx.played();
    const file = await source({ name: 'long.flv', seconds: 30 });
    await using _publisher = new RtmpPublisher(file, nginx.url('a'), 'realTime');
    const outcome = await job;
    if (outcome instanceof TranscodeError)
      expect(outcome).toMatchObject({ code: 'CONNECTION_RESET', stage: 'source', retryable: true });
    await expectFinished(folder, 900, 30);
  },
);

/** In the middle of a picture, and of a packet of the transport stream. */
function halfOf(file: string): number {
  return Math.floor(statSync(file).size / 2 / 188) * 188 + 100;
}

async function picturesInHalf(): Promise<number> {
  const file = await original();
  const half = `${file}.half`;
  writeFileSync(half, readFileSync(file).subarray(0, halfOf(file)));
  return (await pictures(half)).length;
}

/** Bytes that are not random, so that a failure can be looked at again, and no container. */
function noise(length: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1 + seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
