import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { readEvidence } from '../../src/cli/evidence-file.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Where a server that does this is, without the scheme. */
async function serving(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}/live/a/0/receipts`;
}

describe('Evidence over HTTP', () => {
  it('is read, with the user info of the URL as credentials', async () => {
    let authorization: string | undefined;
    const place = await serving((request, response) => {
      authorization = request.headers.authorization;
      response.end('{"a":1}');
    });
    expect(await readEvidence(`http://me:s3cret@${place}`, 'bundle')).toEqual({ a: 1 });
    expect(authorization).toBe(`Basic ${Buffer.from('me:s3cret').toString('base64')}`);
  });

  it('is no more than so much', async () => {
    const place = await serving((_, response) => response.end(`"${'x'.repeat(2 ** 20)}"`));
    await expect(readEvidence(`http://${place}`, 'bundle', { bytes: 2 ** 20, ms: 60_000 })).rejects.toMatchObject({
      code: 'EVIDENCE_UNREADABLE',
      message: `http://${place} gives more than 1 MiB, which is too much: download it, and name the file.`,
    });
  });

  it('is there within some time, to its end', async () => {
    const place = await serving((_, response) => response.write('{'));
    await expect(readEvidence(`http://${place}`, 'bundle', { bytes: 99, ms: 100 })).rejects.toMatchObject({
      code: 'EVIDENCE_UNREADABLE',
      message: `http://${place} did not give the bundle within 0.1 s.`,
    });
  });

  it.each([404, 500])('is not waited for behind the status %d', async (status) => {
    // Keeps the response, which else may be closed when it is collected as garbage.
    using _kept = vi.spyOn(globalThis, 'fetch');
    let closed: Promise<unknown> | undefined;
    const place = await serving((_request, response) => {
      closed = once(response, 'close');
      response.writeHead(status).write('without an end');
    });
    await expect(readEvidence(`http://${place}`, 'bundle')).rejects.toThrow(`There is no bundle at http://${place}`);
    await closed;
  });

  it('is refused where the user info cannot be decoded, without showing it', async () => {
    await expect(readEvidence('http://me%zz:s3cret@127.0.0.1:9/bundle', 'bundle')).rejects.toMatchObject({
      code: 'EVIDENCE_UNREADABLE',
      message: 'The user info of http://127.0.0.1:9/bundle cannot be decoded: write % as %25.',
    });
  });

  it('is refused of other kinds of URL, without showing the user info', async () => {
    const refusal = readEvidence('ftp://me:s3cret@media.example/bundle.json', 'bundle');
    await expect(refusal).rejects.toThrow(
      /^There is no bundle at ftp:\/\/media\.example\/bundle\.json: check the path\.$/,
    );
    await expect(refusal).rejects.not.toHaveProperty('cause');
  });

  it('is refused where it is not JSON, and where there is no URL', async () => {
    const place = await serving((_, response) => response.end('<html>'));
    await expect(readEvidence(`http://${place}`, 'ticket')).rejects.toThrow('is not JSON: it is no ticket.');
    await expect(readEvidence('http://', 'bundle')).rejects.toThrow('http:// is no URL.');
  });
});
