import { join } from 'node:path';

import { describe, expect } from 'vitest';

import type { NetworkPolicy, TranscodeError } from '../../src/index.js';
import { addressPolicy, hasNetworkScheme } from '../../src/nodes/address-policy.js';
import type { AddressPolicyOptions } from '../../src/nodes/address-policy.js';
import { contains, parseCidr } from '../../src/nodes/cidr.js';
import { test } from '../e2e/fixtures.js';
import { source } from '../e2e/sources.js';
import { rendition, transcode } from '../e2e/transcoding.js';
import { status, text, wholeFile } from '../servers/sending.js';

const strict: AddressPolicyOptions = { allowNetworks: [], loopbackOnly: false };
const loopbackOnly: AddressPolicyOptions = { allowNetworks: [], loopbackOnly: true };
const everything: AddressPolicyOptions = { allowNetworks: ['0.0.0.0/0', '::/0'], loopbackOnly: false };

function denies(options: AddressPolicyOptions, address: string): boolean {
  const inner = parseCidr(address);
  if (inner === undefined) throw new Error(`'${address}' was not understood.`);
  return (addressPolicy(options).deny ?? []).some((text) => {
    const outer = parseCidr(text);
    return outer !== undefined && contains(outer, inner);
  });
}

describe('Always denied is', () => {
  test.for([
    '169.254.169.254',
    '169.254.1.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '0.0.0.0',
    '0.1.2.3',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    'fe80::1',
    'febf::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    'fd00:42::42',
    'fd00:c1::a9fe:a9fe',
    '::',
    '::127.0.0.1',
    '::ffff:0:127.0.0.1',
    '::ffff:169.254.169.254',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::1',
    '2001:0:1::1',
    'ff02::1',
    '2001:db8::1',
  ])('%s', (address) => {
    expect([strict, loopbackOnly, everything].map((options) => denies(options, address))).toEqual([true, true, true]);
  });
});

describe('Denied, unless the node is on loopback only or it is allowed, is', () => {
  test.for([
    '127.0.0.1',
    '127.255.255.255',
    '::1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.127.255.255',
    'fc00::1',
    'fdff::1',
    '::ffff:127.0.0.1',
  ])('%s', (address) => {
    expect([strict, loopbackOnly, everything].map((options) => denies(options, address))).toEqual([true, false, false]);
  });
});

describe('Never denied is', () => {
  test.for(['8.8.8.8', '172.32.0.1', '100.128.0.1', '192.169.0.1', '2606:4700::1111', '2a00:1450::1'])(
    '%s',
    (address) => {
      expect([strict, loopbackOnly, everything].some((options) => denies(options, address))).toBe(false);
    },
  );
});

describe('An allowed network', () => {
  test('opens no more than itself', () => {
    const options = { allowNetworks: ['10.1.0.0/16', '::1'], loopbackOnly: false };
    expect(['10.1.0.0', '10.1.255.255', '::1'].some((address) => denies(options, address))).toBe(false);
    expect(['10.0.255.255', '10.2.0.0', '127.0.0.1', 'fd00::1'].every((address) => denies(options, address))).toBe(
      true,
    );
  });

  test('that is none is named', () => {
    expect(() => addressPolicy({ allowNetworks: ['10.0.0.0/8', 'lan'], loopbackOnly: false })).toThrow(/'lan'/);
  });
});

describe('A URL that a job may name', () => {
  test.for(['http://a/b', 'HTTPS://a', 'rtmp://a/b/c', 'srt://a:1', 'rtsps://a'])('is %s', (url) => {
    expect(hasNetworkScheme(url)).toBe(true);
  });

  test.for([
    '/etc/hostname',
    'a.ts',
    'file:///etc/hostname',
    'testpattern:640x360@30',
    'http:a',
    'ftp://a/b',
    'pipe:0',
    '',
  ])('is not %s', (url) => {
    expect(hasNetworkScheme(url)).toBe(false);
  });
});

async function failure(input: string, output: string, network: NetworkPolicy): Promise<unknown> {
  return transcode({ input, network, renditions: [rendition(output)] }).then(
    () => 'The job succeeded.',
    (error: unknown) => error as TranscodeError,
  );
}

describe('With the strict policy the engine', () => {
  const network = addressPolicy(strict);

  test.for([
    '127.0.0.1',
    'localhost',
    '[::1]',
    '0.0.0.0',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '169.254.169.254',
  ])('does not connect to %s', async (host, { folder, http }) => {
    for (const url of [`http://${host}:${http.port}/a.ts`, `rtmp://${host}:${http.port}/live/a`]) {
      expect(
        await failure(url, join(folder, 'a.ts'), { ...network, schemes: [...(network.schemes ?? []), 'file'] }),
      ).toMatchObject({ code: 'ADDRESS_DENIED', stage: 'source' });
    }
    expect(http.requests).toStrictEqual([]);
  });

  test.for(['file:///etc/hostname', '/etc/hostname', 'README.md'])('does not read %s', async (input, { http }) => {
    expect(await failure(input, http.url('/a.ts'), network)).toMatchObject({ code: 'SCHEME_DENIED', stage: 'source' });
  });

  test.for(['srt://:9999?mode=listener', 'srt://0.0.0.0:9999?mode=listener', 'srt://[::]:9999?mode=listener'])(
    'does not wait for callers at %s',
    async (input, { http }) => {
      expect(await failure(input, http.url('/a.ts'), network)).toMatchObject({
        code: 'ADDRESS_DENIED',
        stage: 'source',
      });
    },
  );
});

describe('Where a server is allowed, the engine', () => {
  const network = addressPolicy({ allowNetworks: ['127.0.0.1'], loopbackOnly: false });

  test('connects to it, and to nothing beside it', async ({ http }) => {
    const input = http.on('/a.ts', wholeFile(await source({ name: 'policy.ts' })));
    const { renditions } = await transcode({
      input,
      network,
      renditions: [rendition(http.url('/out.ts')), rendition(`http://127.0.0.2:${http.port}/out.ts`)],
    });
    expect(renditions).toMatchObject([
      { state: 'finished' },
      { state: 'failed', error: { code: 'ADDRESS_DENIED', stage: 'sink' } },
    ]);
  });

  test('writes no file', async ({ http, folder }) => {
    const input = http.on('/a.ts', wholeFile(await source({ name: 'policy.ts' })));
    const { renditions } = await transcode({
      input,
      network,
      renditions: [rendition(http.url('/out.ts')), rendition(join(folder, 'a.ts'))],
    });
    expect(renditions).toMatchObject([{ state: 'finished' }, { state: 'failed', error: { code: 'SCHEME_DENIED' } }]);
  });

  test('is not led elsewhere by a redirect', async ({ http }) => {
    const url = http.on('/live.ts', status(302, { Location: `http://127.0.0.2:${http.port}/a.ts` }));
    expect(await failure(url, http.url('/out.ts'), network)).toMatchObject({ code: 'ADDRESS_DENIED' });
    expect(http.requests).toStrictEqual(['GET /live.ts']);
  });

  test.for([
    ['a host of its network', 'http://127.0.0.2/a.ts', 'ADDRESS_DENIED'],
    ['a metadata service', 'http://169.254.169.254/latest/meta-data/', 'ADDRESS_DENIED'],
    ['a file', 'file:///etc/hostname', 'SCHEME_DENIED'],
  ] as const)('is not led to %s by a playlist', async ([, reference, code], { http }) => {
    const body = ['#EXTM3U', '#EXT-X-TARGETDURATION:2', '#EXTINF:2,', reference, '#EXT-X-ENDLIST', ''].join('\n');
    const url = http.on(
      '/index.m3u8',
      text(() => body),
    );
    expect(await failure(url, http.url('/out.ts'), network)).toMatchObject({ code, stage: 'source' });
  });
});
