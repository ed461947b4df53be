import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { look, type Look } from '../../../../src/nodes/broadcaster/verification/look.js';
import { Verifier, VerifierLost } from '../../../../src/nodes/broadcaster/verification/verifier.js';
import { MediaServer } from '../../../servers/media-server.js';
import { source } from '../../../e2e/sources.js';
import { attemptOver, mediaOf } from '../../../trust/signed-job.js';

const entry = fileURLToPath(new URL('scripted-verifier.mjs', import.meta.url));
const never = new AbortController().signal;

function record(what: string) {
  const medium = { url: `double:${what}`, path: '/nowhere', durationMs: 1000 };
  return { type: 'record', source: medium, rendition: medium, limitMs: 1000 } as const;
}

function lookAt(what: string): Look {
  return {
    sourceUrl: `double:${what}`,
    playUrl: 'double:rendition',
    name: '720p',
    transport: 'stored',
    sourceTransport: 'stored',
    outputs: 'finished',
    windows: [3],
    sourceMs: 1000,
    renditionMs: 1000,
    limitMs: 1000,
    receiptsMs: 0,
    attempt: () => attemptOver(mediaOf('looked at', 2)),
    beginning: () => undefined,
  };
}

function leftFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('millrace-verification-'));
}

describe('The process that verifies', () => {
  test('is started when it is first asked, and ended with the node', async () => {
    const verifier = new Verifier({ entry });
    expect(verifier.pid).toBeUndefined();
    await verifier.ask(record('something'), 20_000, never);
    const { pid } = verifier;
    await verifier.ask(record('something'), 20_000, never);
    expect(verifier.pid).toBe(pid);
    await verifier[Symbol.asyncDispose]();
    expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
  });

  test('may crash: that says nothing, and the next one is started when it is asked', async () => {
    await using verifier = new Verifier({ entry });
    await expect(verifier.ask(record('crash'), 20_000, never)).rejects.toBeInstanceOf(VerifierLost);
    await expect(verifier.ask(record('something'), 20_000, never)).resolves.toEqual({ type: 'recorded' });
  });

  test('may hang: it is ended when its time is over', async () => {
    await using verifier = new Verifier({ entry });
    await verifier.ask(record('something'), 20_000, never);
    const { pid } = verifier;
    await expect(verifier.ask(record('hang'), 200, never)).rejects.toThrow('did not answer in time');
    await expect(verifier.ask(record('something'), 20_000, never)).resolves.toEqual({ type: 'recorded' });
    expect(verifier.pid).not.toBe(pid);
  });

  test('may not be there at all', async () => {
    await using verifier = new Verifier({ entry: '/nowhere/at-all.js' });
    await expect(verifier.ask(record('something'), 20_000, never)).rejects.toBeInstanceOf(VerifierLost);
  });
});

describe('A look at a window', () => {
  test('comes to what the process finds', async () => {
    await using verifier = new Verifier({ entry });
    expect((await look(lookAt('something'), verifier, never)).windows).toEqual([
      { window: 3, outcome: 'verified', findings: [] },
    ]);
  });

  test.for([
    ['nothing', 'SOURCE_UNAVAILABLE'],
    ['crash', 'VERIFIER_LOST'],
  ])('is undecided where it comes to: %s', async ([what = '', code]) => {
    await using verifier = new Verifier({ entry });
    expect((await look(lookAt(what), verifier, never)).windows).toMatchObject([
      { window: 3, outcome: 'undecided', findings: [{ code }] },
    ]);
  });

  test('leaves no copies behind, not even when it is broken off', async () => {
    const before = leftFolders();
    const abort = new AbortController();
    await using verifier = new Verifier({ entry });
    await verifier.ask(record('something'), 20_000, never);
    const looking = look(lookAt('hang'), verifier, abort.signal);
    abort.abort(new Error('enough'));
    await expect(looking).rejects.toThrow('enough');
    expect(leftFolders()).toEqual(before);
  });
});

test('The process that verifies connects to no metadata service, whatever it is told to fetch.', async () => {
  const built = fileURLToPath(
    new URL('../../../../dist/nodes/broadcaster/verification/verifier-process.js', import.meta.url),
  );
  await using verifier = new Verifier({ entry: built });
  const medium = {
    url: 'http://169.254.169.254/latest/meta-data',
    path: join(tmpdir(), 'never-made.ts'),
    durationMs: 1000,
  };
  const request = { type: 'record', source: medium, rendition: medium, limitMs: 5000 } as const;
  expect(await verifier.ask(request, 20_000, never)).toMatchObject({
    finding: { code: 'RENDITION_UNAVAILABLE', message: expect.stringContaining('ADDRESS_DENIED') as string },
  });
});

test('What the process that verifies says of a rendition that is empty is about the rendition, and not the source.', async () => {
  await using server = await MediaServer.start();
  const url = server.on('/empty.ts', (_request, response) => {
    response.writeHead(200).end();
  });
  await using verifier = new Verifier();
  const medium = { url, path: join(tmpdir(), 'never-made.ts'), durationMs: 1000 };
  const request = { type: 'record', source: medium, rendition: medium, limitMs: 5000 } as const;
  expect(await verifier.ask(request, 20_000, never)).toMatchObject({
    finding: {
      code: 'RENDITION_UNAVAILABLE',
      message: expect.stringMatching(/: The rendition ended before/) as string,
    },
  });
});

test('What can be fetched and not be kept is not compared, which is held against nobody.', async () => {
  await using server = await MediaServer.start();
  // No transport stream holds VP9.
  const path = await source({
    name: 'verifier-vp9.mkv',
    seconds: 1,
    video: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime'],
  });
  const url = server.on('/vp9.mkv', (_request, response) => {
    createReadStream(path).pipe(response);
  });
  const folder = mkdtempSync(join(tmpdir(), 'millrace-vp9-'));
  await using verifier = new Verifier();
  const medium = (name: string) => ({ url, path: join(folder, name), durationMs: 1000 });
  const request = { type: 'record', source: medium('a.ts'), rendition: medium('b.ts'), limitMs: 10_000 } as const;
  const recorded = await verifier.ask(request, 30_000, never);
  rmSync(folder, { recursive: true });
  expect(recorded).toMatchObject({
    finding: { code: 'NOT_COMPARED', message: expect.stringContaining('CODEC_UNSUPPORTED') as string },
  });
});
