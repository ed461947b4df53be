import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';

import { afterEach, describe, expect, it, vi } from 'vitest';

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
          `${name} +http://127\\.0\\.0\\.1:\\d+/live/${pathOf(name)}\\.flv +rtmp://127\\.0\\.0\\.1:\\d+/live/${pathOf(name)}\n`,
        ),
      );
    }
    const verify = String.raw`millrace verify http://127\.0\.0\.1:\d+/live/demo/0/receipts -r 360p=rtmp://127\S+ --seconds 10\n`;
    expect(stderr).toMatch(new RegExp(`Check the receipts for it, while it runs: ${verify}`));
    expect(stderr).toMatch(/Transcoded for 00:0\d, with \d+ failovers:\n( +\d+p +[1-9]\d* frames, latency \d.*\n){3}/);
  });

  it('shows a moving picture with sound in every rendition', async () => {
    const run = new MillraceProcess(['demo', ...freePorts, '--json']);
    closers.push(async () => {
      run.signal('SIGKILL');
      await run.ended();
    });
    const { streams } = JSON.parse(await run.said(/^\{"event":"published".*\}$/m)) as {
      streams: { name: string; flv: string }[];
    };
    for (const { name, flv } of streams) {
      const { stdout } = await execute('ffmpeg', [
        ...[
          '-v',
          'error',
          '-i',
          flv,
          '-map',
          '0:v:0',
          '-map',
          '0:a:0',
          '-frames:v',
          '30',
          '-frames:a',
          '30',
          '-f',
          'framemd5',
          '-',
        ],
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

  it('shows another transcoder take over from one that is killed', async () => {
    const { code, stdout, stderr } = await millrace(['demo', '--chaos', '--seconds', '14', '--json', ...freePorts]);
    expect(code, stderr).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; attempt?: number; transcoder?: string });
    const accepted = events.filter(({ event }) => event === 'accepted');
    expect(accepted.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(accepted[0]?.transcoder).not.toBe(accepted[1]?.transcoder);
    const names = events.map(({ event }) => event);
    expect(names).toContain('transcoder-gone');
    expect(names.indexOf('failover')).toBeLessThan(names.lastIndexOf('first-frame'));
    // The killed one may come back while the job is being ended.
    expect(names.filter((name) => name !== 'transcoder-back').at(-1)).toBe('cancelled');
  });

  it('leaves no node behind when it is killed', async () => {
    const run = new MillraceProcess(['demo', ...freePorts]);
    await run.said(/360p +http/);
    const nodes = childrenOf(run.pid);
    expect(nodes).toHaveLength(4);
    run.signal('SIGKILL');
    await run.ended();
    await vi.waitFor(() => {
      expect(nodes.filter(isAlive)).toEqual([]);
    }, 20_000);
  });

  it('is not misled by what is set for other nodes of the machine', async () => {
    const env = { MILLRACE_LOG_LEVEL: 'error', MILLRACE_ORCH_ADDR: '127.0.0.1:1', MILLRACE_BROADCASTER: 'true' };
    const { code, stderr } = await millrace(['demo', '--seconds', '1', ...freePorts], env);
    expect(code, stderr).toBe(0);
  });

  it('fails when the source of the user does', async () => {
    const { code, stderr } = await millrace(['demo', '--source', 'http://127.0.0.1:1/source.ts', ...freePorts]);
    expect(code).toBe(1);
    expect(stderr).toContain('CONNECTION_REFUSED');
  });
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The source is published as it is called, a rendition below the ladder's path. */
function pathOf(name: string): string {
  return name === 'source' ? name : `ladder/${name}/0\\.ts`;
}
