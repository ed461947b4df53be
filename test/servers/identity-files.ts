import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Certificate } from './certificate-authority.js';

/** A certificate and its key as the PEM files that a node is configured with. */
export class IdentityFiles implements Disposable {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'millrace-identity-'));

  constructor({ cert, key }: Certificate) {
    this.certificateFile = join(this.#folder, 'certificate.pem');
    this.keyFile = join(this.#folder, 'key.pem');
    writeFileSync(this.certificateFile, cert);
    writeFileSync(this.keyFile, key);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
