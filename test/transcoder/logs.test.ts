import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { Transcoder } from '../../src/index.js';
import type { LogEvent, TranscoderOptions } from '../../src/index.js';
import { collecting, smallRendition, testPattern } from './test-source.js';

let broken: Buffer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-'));
  const { collector, output } = collecting();
  await new Transcoder({
    input: testPattern,
    audio: 'drop',
    clip: { to: 1 },
    renditions: [smallRendition(output)],
  }).run();
  broken = damaged(collector.bytes);
  await writeFile(join(folder, 'broken.ts'), broken);
});
afterAll(() => rm(folder, { recursive: true }));

/** The same, with bytes in the middle of many transport packets overwritten: pictures that do not decode. */
function damaged(transportStream: Buffer): Buffer {
  const bytes = Buffer.from(transportStream);
  for (let packet = 20; packet < bytes.length / 188; packet += 3)
    bytes.fill(0xa5, packet * 188 + 100, packet * 188 + 160);
  return bytes;
}

async function logsOf(options: Partial<TranscoderOptions>): Promise<LogEvent[]> {
  const { output } = collecting();
  const input = { stream: Readable.from([broken]), format: 'mpegts', pace: 'readAhead' } as const;
  const transcoder = new Transcoder({ input, renditions: [smallRendition(output)], ...options });
  const lines: LogEvent[] = [];
  transcoder.on('log', (line) => lines.push(line));
  await transcoder.run();
  return lines;
}

const sourcesOf = (lines: LogEvent[]): Set<string> => new Set(lines.map(({ source }) => source));

test.each(['latency', 'quality'] as const)(
  'What a decoder says of a broken stream arrives, whichever thread it says it on (%s)',
  async (tune) => {
    const lines = await logsOf({ tune });
    expect(sourcesOf(lines)).toContain('libavcodec/h264');
    expect(lines.filter(({ source }) => source === 'libavcodec/h264').map(({ level }) => level)).toContain('error');
  },
);

test('Log lines are no more urgent than asked for', async () => {
  const lines = await logsOf({ logLevel: 'error' });
  expect(new Set(lines.map(({ level }) => level))).toStrictEqual(new Set(['error']));
});

test('Debug says more than the default', async () => {
  const usual = await logsOf({});
  const debug = await logsOf({ logLevel: 'debug' });
  expect(usual.filter(({ level }) => level === 'debug')).toStrictEqual([]);
  expect(debug.filter(({ level }) => level === 'debug').length).toBeGreaterThan(0);
  expect(debug.length).toBeGreaterThan(usual.length);
});

test('Of HTTP, debug tells what libcurl does, and no header, password or token', async () => {
  const server: Server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'video/mp2t', 'Set-Cookie': 'session=hush' });
    response.end(broken);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const input = {
    url: `http://me:hush@127.0.0.1:${port}/live.ts?token=hush`,
    headers: { 'X-Secret': 'hush' },
  };
  const quiet = await logsOf({ input });
  const lines = await logsOf({ input, logLevel: 'debug' });
  server.close();
  expect(sourcesOf(quiet)).not.toContain('libcurl');
  const said = lines.filter(({ source }) => source === 'libcurl').map(({ message }) => message);
  expect(said).toContainEqual(expect.stringContaining('127.0.0.1'));
  expect(JSON.stringify(lines)).not.toMatch(/hush|'me'/);
});

test("What libsrt says on the job's threads arrives", async () => {
  const { output } = collecting();
  // A window that libsrt does not take, so nobody needs to be there.
  const input = 'srt://127.0.0.1:9?ffs=1';
  const transcoder = new Transcoder({ input, renditions: [smallRendition(output)] });
  const lines: LogEvent[] = [];
  transcoder.on('log', (line) => lines.push(line));
  await expect(transcoder.run()).rejects.toMatchObject({ stage: 'source' });
  expect(lines).toContainEqual({
    type: 'log',
    level: 'error',
    source: 'srt',
    message: expect.stringMatching(/^SRTO_FC: minimum allowed value/) as string,
  });
});

test('Nothing reaches the terminal of a process that did not ask', async () => {
  const script = fileURLToPath(new URL('broken-stream-process.mjs', import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, join(folder, 'broken.ts')]);
  expect({ stdout, stderr }).toStrictEqual({ stdout: '', stderr: '' });
});
