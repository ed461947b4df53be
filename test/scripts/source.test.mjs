import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AptSuiteError } from '../../scripts/deps/apt-suite.mjs';
import { fetchSource } from '../../scripts/deps/source.mjs';

const tarball = Buffer.from('stands for a tarball');
const sha256 = createHash('sha256').update(tarball).digest('hex');

/** Stands for a machine without Debian's apt. */
const noSuite = () => {
  throw new AptSuiteError('apt-get is not available here');
};

describe('the source of a third-party library', () => {
  let folder;
  let server;
  let url;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-source-'));
    server = createServer((request, response) => {
      response.statusCode = request.url.endsWith('/lib-1.0.tar.gz') ? 200 : 404;
      response.end(tarball);
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${server.address().port}/lib-1.0.tar.gz`;
  });

  afterAll(async () => {
    await new Promise((closed) => server.close(closed));
    rmSync(folder, { recursive: true });
  });

  const library = (upstream) => ({
    name: 'lib',
    source: { package: 'lib', suite: 'trixie' },
    tested: { from: '1.0', below: '1.1' },
    upstream: { version: '1.0', url, ...upstream },
  });

  it('comes from upstream, by its checksum, where apt has none', async () => {
    const source = await fetchSource(library({ sha256 }), noSuite, folder);
    expect(source).toEqual({ version: '1.0', origin: url, files: [{ name: 'lib-1.0.tar.gz', sha256 }] });
    expect(readdirSync(folder)).toEqual(['lib-1.0.tar.gz']);
  });

  it('is refused when its checksum is another', async () => {
    const other = sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    await expect(fetchSource(library({ sha256: other }), noSuite, folder)).rejects.toThrow(/its SHA256 is .*, not/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused when no checksum is known', async () => {
    await expect(fetchSource(library({}), noSuite, folder)).rejects.toThrow('names no checksum');
  });

  it('says everything that was tried when it cannot be had', async () => {
    const gone = library({ sha256, url: `${url}.gone` });
    await expect(fetchSource(gone, noSuite, folder)).rejects.toThrow(
      /The source of lib could not be had:\n {2}- apt-get is not available here\n {2}- .*the server answered 404/,
    );
  });

  it('falls back to upstream when the suite has moved out of the tested range', async () => {
    /** Stands for a Debian suite that went on to a version nobody has tried. */
    const movedOn = () => ({ versions: () => [{ version: '1:2.0-1', upstream: '2.0' }] });
    const source = await fetchSource(library({ sha256 }), movedOn, folder);
    expect(source.origin).toBe(url);
  });
});
