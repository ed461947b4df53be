import { join } from 'node:path';

import { openKeystore } from '../trust/keys/keystore.js';
import type { Signer } from '../trust/keys/signer.js';

import type { KeystoreConfig } from './node-config/node-config.js';

// A password that was made at random cannot be guessed, however quickly guesses can be tried.
const scryptNForRandomPassword = 1024;

/**
 * Opens the key of a role, or makes it at the first start.
 *
 * @throws TrustError
 */
export async function openNodeKey(role: 'broadcaster' | 'orchestrator', config: KeystoreConfig): Promise<Signer> {
  const path = join(config.dir, `${role}.json`);
  if (config.password !== undefined) return openKeystore({ path, password: { text: config.password }, make: true });
  return openKeystore({
    path,
    password: { file: join(config.dir, `${role}.password`), make: true },
    make: true,
    scryptN: scryptNForRandomPassword,
  });
}
