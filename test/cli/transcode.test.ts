/* eslint-disable no-control-regex -- control sequences are what some of this is about */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { MeterServer } from '../../src/bench/meter-server.js';
import { countVideoFrames, makeSource } from '../packaging/media.js';
import { MillraceProcess, bin, millrace } from './millrace-process.js';
import { SinkServer } from './sink-server.js';

const execute = promisify(execFile);

/** 2 s of a moving picture at 30 fps and a tone. */
let source: string;
/** The same for 30 s, so that no test sees its end when it is served at its own pace. */
let longSource: string;
let folder: string;
let sink: SinkServer;
let sinkUrl: string;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  source = join(folder, 'source.ts');
  longSource = join(folder, 'long.ts');
  await Promise.all([makeSource(source, 2), makeSource(longSource, 30)]);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  sink = new SinkServer();
  sinkUrl = await sink.listen();
  closers.push(() => sink.close());
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Serves the long source at its own pace. */
async function liveSource(): Promise<string> {
  const server = new MeterServer(readFileSync(longSource));
  const url = await server.listen();
  closers.push(() => server.close());
  return `${url}/0/source.ts`;
}

async function framesIn(media: string | Buffer): Promise<number> {
  if (typeof media === 'string') return countVideoFrames(media);
  const path = join(folder, 'counted.ts');
  writeFileSync(path, media);
  return countVideoFrames(path);
}

describe('millrace transcode', () => {
  it('makes every rendition of a file and ends with 0', async () => {
    const outputs = ['a.ts', 'b.flv', 'c.mp4'].map((name) => join(folder, name));
    const [a = '', b = '', c = ''] = outputs;
    const { code, stdout, stderr } = await millrace([
      ...['transcode', source, '-r', `320x180:300k=${a}`, '-r', `0x120@15:200k=${b}`, '-r', `P144p30fps16x9=${c}`],
    ]);
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '' });
    expect(await Promise.all(outputs.map(framesIn))).toEqual([60, 30, 60]);
  });

  it('says in plain lines what it does when stderr is no terminal', async () => {
    const { stderr } = await millrace(['transcode', source, '-r', `320x180:300k=${join(folder, 'lines.ts')}`]);
    expect(stderr).toMatch(/^source: h264 640x360 30 fps, aac 48 kHz, mpegts$/m);
    expect(stderr).toMatch(/^320x180: 320x180 by libx264 on cpu, as mpegts$/m);
    expect(stderr).toMatch(/^320x180: finished, 60 frames, /m);
    expect(stderr).not.toMatch(/[\u001b\r]/);
  });

  it('says nothing when asked to be quiet and nothing goes wrong', async () => {
    const args = ['transcode', source, '-r', `320x180:300k=${join(folder, 'quiet.ts')}`, '--quiet'];
    expect(await millrace(args)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('tells every event as a line of JSON', async () => {
    const { code, stdout, stderr } = await millrace([
      ...['transcode', source, '-r', `320x180:300k=${join(folder, 'json.ts')}`, '--json'],
    ]);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const types = events.map(({ type }) => type).filter((type) => type !== 'log' && type !== 'progress');
    expect(types).toEqual(['started', 'renditionStarted', 'renditionFinished', 'ended']);
    expect(events.find(({ type }) => type === 'started')).toMatchObject({
      source: { video: { codec: 'h264', width: 640 } },
    });
    expect(events.at(-1)).toMatchObject({ result: { renditions: [{ state: 'finished', framesOut: 60 }] } });
  });

  it('reads from the standard input and writes to the standard output', async () => {
    const script = `"${process.execPath}" "${bin}" transcode - -r 320x180:300k=- --output-format mpegts --quiet`;
    const { stdout } = await execute('sh', ['-c', `cat "${source}" | ${script}`], {
      encoding: 'buffer',
      maxBuffer: 1e8,
    });
    expect(await framesIn(stdout)).toBe(60);
  });

  it('takes the part of the source that was asked for', async () => {
    const output = join(folder, 'part.ts');
    const { code } = await millrace([
      'transcode',
      source,
      '-r',
      `320x180:300k=${output}`,
      '--from',
      '0.5',
      '--duration',
      '1',
    ]);
    expect(code).toBe(0);
    expect(await framesIn(output)).toBe(30);
  });

  it('sends to a server with the method and headers asked for', async () => {
    const { code } = await millrace(['transcode', source, '-r', `320x180:300k=${sinkUrl}/a.ts`, '--method', 'post']);
    expect(code).toBe(0);
    expect(sink.uploads.get('/a.ts')).toMatchObject({ method: 'POST', complete: true });
  });
});

describe('failures', () => {
  it('of the source end with 1, and say what, why and what to do', async () => {
    const { code, stderr } = await millrace([
      'transcode',
      '/nonexistent/source.ts',
      '-r',
      `320x180:300k=${sinkUrl}/a.ts`,
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^millrace: .+\.\n(.*\n)*\s+why\s+NOT_FOUND \(source\).*\n\s+to do\s+Check the path/m);
  });

  it('of one rendition leave the others alone, and still end with 1', async () => {
    const { code, stderr } = await millrace([
      ...['transcode', source, '-r', `320x180:300k=${sinkUrl}/refused`, '-r', `160x90:100k=${sinkUrl}/kept.ts`],
      ...['--output-format', 'mpegts'],
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^320x180: .*\n(.*\n)*\s+why\s+UNAUTHORIZED \(sink, HTTP 403\)/m);
    expect(await framesIn((await sink.over('/kept.ts')).bytes)).toBe(60);
  });

  it('of a pipe whose reader has seen enough say so', async () => {
    const script = `"${process.execPath}" "${bin}" transcode "${longSource}" -r 320x180:3M=- --output-format mpegts`;
    const { stderr } = await execute('bash', ['-c', `${script} | head -c 1000 > /dev/null`]);
    expect(stderr).toContain('STREAM_FAILED (sink)');
    expect(stderr).toContain('The reader of the pipe closed it');
  });

  it('are lines of JSON too', async () => {
    const { code, stdout } = await millrace([
      ...['transcode', source, '-r', `320x180:300k=${sinkUrl}/refused`, '--output-format', 'mpegts', '--json'],
    ]);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(code).toBe(1);
    expect(events.find(({ type }) => type === 'renditionFailed')).toMatchObject({
      error: { code: 'UNAUTHORIZED', stage: 'sink', httpStatus: 403 },
    });
    expect(events.at(-1)).toMatchObject({ type: 'failed' });
  });

  it('never show user info or query of a URL', async () => {
    const secretive = sinkUrl.replace('//', '//user:secretpass@') + '/refused?token=secrettoken';
    for (const extra of [[], ['--json'], ['--verbose']]) {
      const { stdout, stderr } = await millrace([
        ...['transcode', source, '-r', `320x180:300k=${secretive}`, '--output-format', 'mpegts', ...extra],
      ]);
      expect(stdout + stderr).not.toMatch(/secret/);
    }
  });

  it('warns when certificates are not checked', async () => {
    const { stderr } = await millrace([
      ...['transcode', source, '-r', `320x180:300k=${join(folder, 'insecure.ts')}`, '--insecure'],
    ]);
    expect(stderr).toContain('TLS certificates are not checked');
  });
});

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends every output properly, with exit code %i', async (signal, exitCode) => {
    const run = new MillraceProcess([
      ...['transcode', await liveSource(), '-r', `320x180:300k=${sinkUrl}/a.ts`, '-r', `160x90:100k=${sinkUrl}/b.ts`],
    ]);
    await run.until(Promise.all([sink.begun('/a.ts'), sink.begun('/b.ts')]));
    run.signal(signal);
    const { code, stderr } = await run.ended();
    expect(code, stderr).toBe(exitCode);
    for (const path of ['/a.ts', '/b.ts']) {
      const { complete, bytes } = await sink.over(path);
      expect(complete).toBe(true);
      expect(await framesIn(bytes)).toBeGreaterThan(0);
    }
  });

  it('a second SIGINT breaks off what will not end', async () => {
    const run = new MillraceProcess([
      ...['transcode', await liveSource(), '-r', `320x180:300k=${sinkUrl}/unanswered`, '--output-format', 'mpegts'],
      ...['--stall-timeout', '3600'],
    ]);
    await run.until(sink.begun('/unanswered'));
    run.signal('SIGINT');
    await run.said(/the same again breaks off/);
    await run.until(sink.over('/unanswered'));
    run.signal('SIGINT');
    expect(await run.ended()).toMatchObject({ code: 130 });
  });

  it('SIGINT while the source does not answer ends at once', async () => {
    const run = new MillraceProcess(['transcode', `${sinkUrl}/unanswered`, '-r', `320x180:300k=${sinkUrl}/a.ts`]);
    await run.until(sink.over('/unanswered'));
    run.signal('SIGINT');
    expect(await run.ended()).toMatchObject({ code: 130 });
  });
});

describe('on a terminal', () => {
  /** Runs the command line on a pseudo-terminal of its own (`script` of util-linux) and returns what it shows. */
  async function onTerminal(args: string, env: Record<string, string> = {}): Promise<string> {
    const command = `"${process.execPath}" "${bin}" ${args}`;
    const inherited = { ...process.env };
    delete inherited['NO_COLOR'];
    const { stdout } = await execute('script', ['-qefc', command, '/dev/null'], {
      env: { ...inherited, TERM: 'xterm', ...env },
    });
    return stdout;
  }

  it('redraws a table in place, with the cursor hidden meanwhile', async () => {
    const shown = await onTerminal(`transcode ${source} -r 320x180:300k=${join(folder, 'terminal.ts')}`);
    expect(shown).toContain('\u001b[?25l');
    expect(shown.trimEnd().endsWith('\u001b[?25h')).toBe(true);
    expect(shown).toMatch(/\u001b\[\d+A\r\u001b\[J/);
    expect(shown).toMatch(/rendition .*p50 .*p99 .*dropped/);
    expect(shown).toMatch(/320x180 .*finished/);
  });

  it('is sent no rendition', async () => {
    const args = `transcode ${source} -r 320x180:300k=- --output-format mpegts`;
    const shown = onTerminal(args, { NO_COLOR: '1' });
    await expect(shown).rejects.toMatchObject({ code: 2, stdout: expect.stringContaining('terminal') as string });
  });

  it('uses no colours with NO_COLOR', async () => {
    const args = `transcode ${source} -r 320x180:300k=${join(folder, 'plain.ts')}`;
    expect(await onTerminal(args)).toMatch(/\u001b\[\d+m/);
    expect(await onTerminal(args, { NO_COLOR: '1' })).not.toMatch(/\u001b\[\d+m/);
  });
});

describe('millrace devices', () => {
  it('tells what the machine can do', async () => {
    const { code, stdout } = await millrace(['devices']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CPU .*cores\n.*decodes .*h264.*\n.*encodes .*h264/m);
    expect(stdout).toMatch(/^FFmpeg +\d/m);
  });

  it('tells the same as JSON', async () => {
    const { code, stdout } = await millrace(['devices', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ cpu: { decodes: expect.arrayContaining(['h264']) as string[] } });
  });

  it('tries the CPU, and every GPU there is, and tells whether their pictures are right', async () => {
    const { code, stdout } = await millrace(['devices', '--self-test', '--json', '--sessions', '1']);
    const { places } = JSON.parse(stdout) as { places: { place: string; problem?: string }[] };
    expect(places[0]).toMatchObject({ place: 'cpu', pictures: { against: 'source' } });
    expect(code).toBe(places.some(({ problem }) => problem !== undefined) ? 1 : 0);
  }, 120_000);
});
