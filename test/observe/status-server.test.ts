import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { AddressInfo } from 'node:net';

import { describe, expect, it } from 'vitest';

import { createLog } from '../../src/observe/log.js';
import { createRegistry } from '../../src/observe/metrics.js';
import { StatusServer, type Readiness, type StatusServerOptions } from '../../src/observe/status-server.js';

const log = createLog({ level: 'silent' });
const registry = createRegistry({ version: '1.2.3', roles: ['broadcaster'] });

function start(options: Partial<StatusServerOptions> = {}): Promise<StatusServer> {
  const ready = () => ({ ready: true, reasons: [] });
  return StatusServer.start({ host: '127.0.0.1', port: 0, registry, ready, log, ...options });
}

describe('the status server', () => {
  it('says that the process lives, also when it is not ready', async () => {
    await using server = await start({ ready: () => ({ ready: false, reasons: ['draining'] }) });
    const response = await fetch(`http://${server.address}/livez`);
    expect([response.status, await response.json()]).toEqual([200, { live: true }]);
  });

  it.each(['/readyz', '/healthz', '/readyz?verbose'])(
    'answers %s by what the node says at that moment',
    async (path) => {
      let readiness: Readiness = { ready: true, reasons: [] };
      await using server = await start({ ready: () => readiness });
      const first = await fetch(`http://${server.address}${path}`);
      expect([first.status, await first.json()]).toEqual([200, { ready: true, reasons: [] }]);
      readiness = { ready: false, reasons: ['no orchestrator is known', 'draining'] };
      const second = await fetch(`http://${server.address}${path}`);
      expect([second.status, await second.json()]).toEqual([503, readiness]);
      expect(second.headers.get('cache-control')).toBe('no-store');
    },
  );

  it('has the registry’s metrics in Prometheus’s format', async () => {
    await using server = await start();
    const response = await fetch(`http://${server.address}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain('millrace_build_info{version="1.2.3",role="broadcaster"} 1');
  });

  it('answers HEAD without a body', async () => {
    await using server = await start();
    const response = await fetch(`http://${server.address}/readyz`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it.each(['/', '/metricsx', '/constructor', '/__proto__'])(
    'does not know %s, and says what it knows',
    async (path) => {
      await using server = await start();
      const response = await fetch(`http://${server.address}${path}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        error: 'not found',
        paths: expect.arrayContaining(['/metrics']) as [],
      });
    },
  );

  it('takes no other methods', async () => {
    await using server = await start();
    const response = await fetch(`http://${server.address}/metrics`, { method: 'POST', body: 'x' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await response.json()).toEqual({ error: 'method not allowed' });
  });

  it('answers 500, without the reason, when the node cannot say how it is', async () => {
    await using server = await start({
      ready: () => {
        throw new Error('secret');
      },
    });
    const response = await fetch(`http://${server.address}/readyz`);
    expect([response.status, await response.json()]).toEqual([500, { error: 'internal error' }]);
  });

  it('refuses headers that are too long', async () => {
    await using server = await start();
    const response = await fetch(`http://${server.address}/livez`, { headers: { 'x-long': 'x'.repeat(10_000) } });
    expect(response.status).toBe(431);
  });

  it('ends connections that are kept alive when it is closed', async () => {
    const server = await start();
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /livez HTTP/1.1\r\nHost: h\r\n\r\n');
    await once(socket, 'data');
    const ended = once(socket, 'close');
    await server.close();
    await ended;
    await expect(fetch(`http://127.0.0.1:${socket.remotePort ?? 0}/livez`)).rejects.toThrow();
  });

  it('may be closed twice', async () => {
    const server = await start();
    await server.close();
    await server.close();
  });

  it('listens on IPv6 too', async () => {
    await using server = await start({ host: '::1' });
    expect(server.address).toBe(`[::1]:${server.port}`);
    expect((await fetch(`http://${server.address}/livez`)).status).toBe(200);
  });
});

describe('a status port that is taken', () => {
  async function withTakenPort(use: (port: number) => Promise<void>): Promise<void> {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      await use((other.address() as AddressInfo).port);
    } finally {
      other.close();
    }
  }

  it('is a failure when it was asked for', async () => {
    await withTakenPort(async (port) => {
      await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    });
  });

  it('is replaced by a free one when it was the default', async () => {
    await withTakenPort(async (port) => {
      await using server = await start({ port, fallback: true });
      expect(server.port).not.toBe(port);
      expect((await fetch(`http://${server.address}/livez`)).status).toBe(200);
    });
  });
});
