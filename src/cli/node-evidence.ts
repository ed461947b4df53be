import { join } from 'node:path';

import { EvidenceArchive } from '../nodes/broadcaster/evidence-archive.js';
import type { Log } from '../observe/log.js';
import { SqliteEvidenceLedger } from '../trust/ledger/sqlite-evidence-ledger.js';

import type { BroadcasterConfig, NodeConfig } from './node-config/node-config.js';
import { domainOf, type Owned } from './node-payment.js';

// Where nobody said that anything is to be kept, long enough to ask for it.
const keepUnaskedMs = 24 * 3_600_000;

/**
 * Where a broadcaster keeps its tickets and receipts: in the ledger that it is given for good, or for a day beside its
 * key. It is owned by the node from then on, to be ended after the broadcaster.
 *
 * @throws LedgerError
 */
export function openEvidence(
  config: NodeConfig,
  { ledger: file }: BroadcasterConfig,
  log: Log,
  owned: Owned,
): EvidenceArchive {
  const ledger = new SqliteEvidenceLedger(file ?? join(config.keystore.dir, 'broadcaster.sqlite'));
  owned.push(() => {
    ledger.close();
  });
  const archive = new EvidenceArchive({
    ledger,
    domain: domainOf(config),
    ...(file === undefined && { keepForMs: keepUnaskedMs }),
    log,
  });
  owned.push(() => {
    archive[Symbol.dispose]();
  });
  return archive;
}
