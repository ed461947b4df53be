import { renameSync } from 'node:fs';

import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

import { AddressList } from '../../../src/nodes/broadcaster/address-list.js';
import type { OrchestratorListener, OrchestratorSource } from '../../../src/nodes/broadcaster/discovery.js';
import { OrchestratorDirectory } from '../../../src/nodes/broadcaster/orchestrator-directory.js';
import { BroadcasterMetrics } from '../../../src/observe/broadcaster-metrics.js';
import { CertificateAuthority } from '../../servers/certificate-authority.js';
import { silentLog } from '../silent-log.js';

/** Lists what the test says. */
class ChangingSource implements OrchestratorSource {
  readonly list = new AddressList();
  isEnded = false;
  readonly #fault: Error | undefined;

  constructor(fault?: Error) {
    this.#fault = fault;
  }

  addresses(): readonly string[] {
    return this.list.addresses;
  }

  onChange(listener: OrchestratorListener): () => void {
    return this.list.onChange(listener);
  }

  start(): Promise<void> {
    return this.#fault === undefined ? Promise.resolve() : Promise.reject(this.#fault);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isEnded = true;
    return Promise.resolve();
  }
}

function open(sources: OrchestratorSource[], caFile?: string): Promise<OrchestratorDirectory> {
  return OrchestratorDirectory.open({
    sources,
    tls: caFile === undefined ? {} : { caFile },
    selection: { exploration: 0, random: () => 0.5 },
    log: silentLog,
    metrics: new BroadcasterMetrics(new Registry()),
  });
}

test('A certificate that cannot be read for a while costs no more than the connections of that while.', async () => {
  using authority = new CertificateAuthority();
  const source = new ChangingSource();
  await using directory = await open([source], authority.file);
  renameSync(authority.file, `${authority.file}.away`);
  source.list.replace(['127.0.0.1:1']);
  expect(directory.standing.known).toBe(0);
  renameSync(`${authority.file}.away`, authority.file);
  source.list.replace(['127.0.0.1:1', '127.0.0.1:2']);
  expect(directory.standing.known).toBe(2);
});

test('Where one source is of no use, none of the others goes on.', async () => {
  const fine = new ChangingSource();
  await expect(open([fine, new ChangingSource(new Error('Of no use.'))])).rejects.toThrow('Of no use.');
  expect(fine.isEnded).toBe(true);
});
