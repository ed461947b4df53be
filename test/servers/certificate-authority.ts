import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a TLS server presents. */
export interface Certificate {
  key: Buffer;
  cert: Buffer;
}

/** A certificate authority of its own, made by openssl, that nobody trusts unless told to. */
export class CertificateAuthority implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'millrace-ca-'));
  #issuedFiles = 0;

  constructor() {
    this.#openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=Test CA',
      ...validity,
    );
  }

  /** The PEM file to trust. */
  get file(): string {
    return join(this.#folder, 'ca.pem');
  }

  /** The same, read. */
  get pem(): Buffer {
    return readFileSync(this.file);
  }

  /** A certificate likewise, as PEM files that are there as long as the authority is. */
  issueFiles(subjectAltName?: string): { cert: string; key: string } {
    const name = `own-${(this.#issuedFiles += 1)}`;
    const { cert, key } = this.issue(subjectAltName);
    const files = { cert: join(this.#folder, `${name}.pem`), key: join(this.#folder, `${name}.key`) };
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
    return files;
  }

  /** A certificate for a server, by default for this machine under the names that tests use. */
  issue(subjectAltName = 'DNS:localhost,IP:127.0.0.1'): Certificate {
    writeFileSync(join(this.#folder, 'extensions'), `subjectAltName=${subjectAltName}\n`);
    this.#openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=Test server');
    this.#openssl(
      ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-out', 'server.pem', '-extfile', 'extensions', ...validity],
    );
    const read = (name: string) => readFileSync(join(this.#folder, name));
    return { key: read('server.key'), cert: read('server.pem') };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'pipe' });
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const validity = ['-days', '2'];
