import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { millrace } from './millrace-process.js';

let folder: string;
let noPem: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-node-start-'));
  noPem = join(folder, 'no.pem');
  writeFileSync(noPem, 'no certificate');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A node that ends by itself, with nothing on the addresses that others may have. */
function start(...args: string[]) {
  const env = { MILLRACE_KEYSTORE_DIR: folder, MILLRACE_STATUS_ADDR: '127.0.0.1:0', MILLRACE_LOG_LEVEL: 'silent' };
  return millrace(['node', ...args], env);
}

test.each([
  [
    'an orchestrator with a certificate that is none',
    () => ['--orchestrator', '--orch-secret', 's3cret', '--service-addr', '127.0.0.1:0'],
    () => ['--tls-cert', noPem, '--tls-key', noPem],
    'The certificate and the key beside --service-addr are no PEM files that belong together.',
  ],
  [
    'a broadcaster with a certificate that is none',
    () => ['--broadcaster', '--orch-addr', '127.0.0.1:1', '--http-addr', '127.0.0.1:0'],
    () => ['--http-tls-cert', noPem, '--http-tls-key', noPem],
    'The certificate and the key beside --http-addr are no PEM files that belong together.',
  ],
  [
    'a broadcaster with a ladder that is none',
    () => ['--broadcaster', '--orch-addr', '127.0.0.1:1', '--http-addr', '127.0.0.1:0'],
    () => ['--transcoding-options', 'P999'],
    '--transcoding-options: presets[0] is "P999", which is no preset;',
  ],
])(
  'What is wrong with a configuration, and only found at the start, ends %s with exit code 2.',
  async (_, role, wrong, sentence) => {
    const { code, stdout, stderr } = await start(...role(), ...wrong());
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  },
);

test('A status address that another program has is named with its flag, and ends the node with exit code 1.', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  const { code, stderr } = await start('--orchestrator', '--orch-secret', 's3cret', '--status-addr', taken);
  other.close();
  expect(stderr).toContain(`--status-addr: ${taken} cannot be listened on. Another program may have it`);
  expect(code).toBe(1);
});
