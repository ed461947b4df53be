import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';

import { afterEach, describe, expect, it } from 'vitest';

import { EmbeddedMediaServer } from '../../src/media-server/embedded.js';

const execute = promisify(execFile);
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startServer(options = {}): Promise<EmbeddedMediaServer> {
  const server = await EmbeddedMediaServer.start(options);
  closers.push(() => server.close());
  return server;
}

/** A real publisher: ffmpeg pushes a moving picture in real time until it is killed. */
function publish(url: string) {
  const publisher = spawn('ffmpeg', [
    ...['-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30', '-f', 'lavfi', '-i', 'sine'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '15', '-c:a', 'aac', '-f', 'flv', url],
  ]);
  const gone = once(publisher, 'exit');
  closers.push(async () => {
    publisher.kill('SIGKILL');
    await gone;
  });
  return publisher;
}

/** Of pictures and sound; ffprobe takes the metadata that node-media-server passes on for a third stream. */
async function codecsOf(url: string): Promise<string[]> {
  const { stdout } = await execute('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'stream=codec_name',
    '-of',
    'csv=p=0',
    url,
  ]);
  return stdout
    .trim()
    .split('\n')
    .filter((codec) => codec !== 'unknown')
    .sort();
}

describe('EmbeddedMediaServer', () => {
  it('plays what is published to it, by RTMP and by HTTP-FLV', async () => {
    const server = await startServer();
    publish(`${server.rtmpUrl}/live/a`);
    await server.published('/live/a');
    expect(await codecsOf(`${server.rtmpUrl}/live/a`)).toEqual(['aac', 'h264']);
    expect(await codecsOf(`${server.httpUrl}/live/a.flv`)).toEqual(['aac', 'h264']);
  });

  it('is reached from this machine only, unless told otherwise', async () => {
    const server = await startServer();
    expect(new URL(server.httpUrl).hostname).toBe('127.0.0.1');
  });

  it('tells at once that somebody is publishing already', async () => {
    const server = await startServer();
    publish(`${server.rtmpUrl}/live/a`);
    await server.published('/live/a');
    await server.published('/live/a');
  });

  it('stops waiting for a publisher when it is aborted', async () => {
    const server = await startServer();
    const abort = new AbortController();
    const waiting = server.published('/live/nobody', abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('ends the responses of viewers when the publisher leaves', async () => {
    const server = await startServer();
    const publisher = publish(`${server.rtmpUrl}/live/a`);
    await server.published('/live/a');
    const response = await fetch(`${server.httpUrl}/live/a.flv`);
    publisher.kill('SIGKILL');
    const body = Buffer.from(await response.arrayBuffer());
    expect(body.subarray(0, 3).toString()).toBe('FLV');
  });

  it('lets the same stream be published again at once', async () => {
    const server = await startServer();
    const first = publish(`${server.rtmpUrl}/live/a`);
    await server.published('/live/a');
    const viewer = await fetch(`${server.httpUrl}/live/a.flv`);
    first.kill('SIGKILL');
    await viewer.arrayBuffer();
    publish(`${server.rtmpUrl}/live/a`);
    await server.published('/live/a');
    expect(await codecsOf(`${server.httpUrl}/live/a.flv`)).toEqual(['aac', 'h264']);
  });

  it.each(['rtmpPort', 'httpPort'])('says that %s is taken, and leaves nothing behind', async (port) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    closers.push(() => other.close());
    const taken = { [port]: (other.address() as AddressInfo).port };
    await expect(EmbeddedMediaServer.start(taken)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await startServer();
  });

  it('is one per process', async () => {
    await startServer();
    await expect(EmbeddedMediaServer.start()).rejects.toThrow(/already running/);
  });

  it('closes with publishers and viewers on it, and can be closed twice', async () => {
    const server = await EmbeddedMediaServer.start();
    publish(`${server.rtmpUrl}/live/a`);
    await server.published('/live/a');
    const response = await fetch(`${server.httpUrl}/live/a.flv`);
    await server.close();
    await server.close();
    await expect(response.arrayBuffer()).rejects.toThrow();
    expect(existsSync('data')).toBe(false);
  });
});
