import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, describe, expect, it } from 'vitest';

import { makeSource } from '../packaging/media.js';
import { MillraceProcess, millrace } from './millrace-process.js';

const execute = promisify(execFile);
const freePorts = ['--rtmp-port', '0', '--http-port', '0'];
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

// Several encoders at once, on a machine that may be busy with other tests.
describe('millrace demo', { timeout: 180_000 }, () => {
  it('publishes a ladder of its own source, tells where to see it, and ends by itself', async () => {
    const { code, stdout, stderr } = await millrace(['demo', '--seconds', '3', ...freePorts]);
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '' });
    for (const name of ['source', '720p', '480p', '360p']) {
      expect(stderr).toMatch(
        new RegExp(
          `${name} +http://127\\.0\\.0\\.1:\\d+/live/${name}\\.flv +rtmp://127\\.0\\.0\\.1:\\d+/live/${name}\n`,
        ),
      );
    }
    expect(stderr).toMatch(/Transcoded for 00:0\d:\n( +\d+p +\d+ frames, latency \d.*\n){3}/);
  });

  it('shows a moving picture with sound in every rendition', async () => {
    const run = new MillraceProcess(['demo', ...freePorts, '--json']);
    closers.push(async () => {
      run.signal('SIGKILL');
      await run.ended();
    });
    const { streams } = JSON.parse(await run.said(/^\{"type":"published".*\}$/m)) as {
      streams: { name: string; flv: string }[];
    };
    for (const { name, flv } of streams) {
      const { stdout } = await execute('ffmpeg', [
        ...['-v', 'error', '-i', flv, '-map', '0:v:0', '-map', '0:a:0', '-t', '1', '-f', 'framemd5', '-'],
      ]);
      const height = name === 'source' ? 720 : Number.parseInt(name, 10);
      expect(stdout).toMatch(new RegExp(`^#dimensions 0: \\d+x${height}$`, 'm'));
      const pictures = [...stdout.matchAll(/^0,.*, (\w{32})$/gm)].map(([, md5]) => md5);
      expect(pictures.length).toBeGreaterThan(10);
      expect(new Set(pictures).size).toBe(pictures.length);
      expect(stdout).toMatch(/^1,/m);
    }
  });

  it('ends with 130 on Ctrl-C, having finished its outputs', async () => {
    const run = new MillraceProcess(['demo', ...freePorts]);
    await run.said(/360p +http/);
    run.signal('SIGINT');
    const { code, stderr } = await run.ended();
    expect(code, stderr).toBe(130);
    expect(stderr).toContain('Transcoded for');
  });

  it('says what to do when a port that was asked for is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    closers.push(() => other.close());
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await millrace(['demo', '--rtmp-port', `${port}`, '--http-port', '0']);
    expect(code).toBe(1);
    expect(stderr).toContain('choose another with --rtmp-port and --http-port');
  });

  it('takes a source of the user to its end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
    closers.push(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const source = join(folder, 'source.ts');
    await makeSource(source, 2);
    const { code, stderr } = await millrace(['demo', '--source', source, ...freePorts]);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Transcoded for \d\d:\d\d:\n( +\d+p +60 frames, .*\n){3}/);
    expect(stderr).not.toContain('/live/source');
  });

  it('fails when the source of the user does', async () => {
    const { code, stderr } = await millrace(['demo', '--source', '/nonexistent/source.ts', ...freePorts]);
    expect(code).toBe(1);
    expect(stderr).toContain('NOT_FOUND');
  });
});
