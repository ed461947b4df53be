import { renameSync } from 'node:fs';

import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

import { AddressList } from '../../../src/nodes/broadcaster/address-list.js';
import type { OrchestratorListener, OrchestratorSource } from '../../../src/nodes/broadcaster/discovery.js';
import { OrchestratorDirectory } from '../../../src/nodes/broadcaster/orchestrator-directory.js';
import { BroadcasterMetrics } from '../../../src/observe/broadcaster-metrics.js';
import { CertificateAuthority } from '../../servers/certificate-authority.js';
import { createLog, type Log } from '../../../src/observe/log.js';
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

function open(
  sources: OrchestratorSource[],
  { caFile, log = silentLog }: { caFile?: string; log?: Log } = {},
): Promise<OrchestratorDirectory> {
  return OrchestratorDirectory.open({
    sources,
    tls: caFile === undefined ? {} : { caFile },
    selection: { exploration: 0, random: () => 0.5 },
    log,
    metrics: new BroadcasterMetrics(new Registry()),
  });
}

test('A certificate that cannot be read for a while costs no more than the connections of that while.', async () => {
  using authority = new CertificateAuthority();
  const source = new ChangingSource();
  await using directory = await open([source], { caFile: authority.file });
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

test('That an orchestrator is suspended is logged once, with why and until when.', async () => {
  const source = new ChangingSource();
  source.list.replace(['127.0.0.1:1', '127.0.0.1:2']);
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  await using directory = await open([source], { log: createLog({ level: 'warn', destination }) });
  for (let time = 0; time < 2; time++) {
    directory.failed('127.0.0.1:1', 'ORCHESTRATOR_LOST');
    directory.distrusted('127.0.0.1:2');
  }
  const until = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
  expect(lines.filter(({ msg }) => msg === 'orchestrator is suspended')).toMatchObject([
    { level: 'warn', orchestrator: '127.0.0.1:1', code: 'ORCHESTRATOR_LOST', until },
    { level: 'warn', orchestrator: '127.0.0.1:2', code: 'VERIFICATION_FAILED', until },
  ]);
});

test('Why there is nobody to choose is told by what is known of each.', async () => {
  const source = new ChangingSource();
  await using directory = await open([source]);
  expect(directory.whyNone({ maxPrice: undefined }).message).toBe('No orchestrator is known.');
  source.list.replace(['127.0.0.1:1', '127.0.0.1:2']);
  directory.distrusted('127.0.0.1:2');
  expect(directory.whyNone({ maxPrice: undefined }).message).toMatch(
    /^1 of 2 orchestrators is suspended, until \d\d:\d\d:\d\dZ .* 1 of 2 orchestrators does not answer\.$/,
  );
});
