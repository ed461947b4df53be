import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EvidenceArchive } from '../../../src/nodes/broadcaster/evidence-archive.js';
import { parseBundle, type Bundle } from '../../../src/trust/bundle/bundle.js';
import { SqliteEvidenceLedger } from '../../../src/trust/ledger/sqlite-evidence-ledger.js';
import { defaultDomain } from '../../../src/trust/typed-data/domain.js';
import { silentLog } from '../silent-log.js';

/** An archive in a file that goes when it is disposed of. */
export class TemporaryArchive implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'millrace-archive-'));
  #ledger: SqliteEvidenceLedger;
  archive: EvidenceArchive;

  constructor() {
    ({ ledger: this.#ledger, archive: this.archive } = this.#open());
  }

  /** As when the broadcaster is started again. */
  reopen(): void {
    this.#close();
    ({ ledger: this.#ledger, archive: this.archive } = this.#open());
  }

  /** Of the last job of a segment. */
  bundle(segment: string): Bundle | undefined {
    const pieces = this.archive.bundle(segment);
    return pieces && parseBundle(JSON.parse([...pieces].join('')));
  }

  [Symbol.dispose](): void {
    this.#close();
    rmSync(this.#folder, { recursive: true });
  }

  #open(): { ledger: SqliteEvidenceLedger; archive: EvidenceArchive } {
    const ledger = new SqliteEvidenceLedger(join(this.#folder, 'ledger.sqlite'));
    return { ledger, archive: new EvidenceArchive({ ledger, domain: defaultDomain, log: silentLog }) };
  }

  #close(): void {
    this.archive[Symbol.dispose]();
    this.#ledger.close();
  }
}
