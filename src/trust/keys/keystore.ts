import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { decryptKeystoreJson, encryptKeystoreJson, isKeystoreJson } from 'ethers';

import { TrustError } from '../trust-error.js';

import { readPassword, type PasswordSource } from './password.js';
import { isMissing, systemCode, writePrivateFile } from './private-file.js';
import { Signer } from './signer.js';

/** Where a role's key is. */
export interface KeystoreOptions {
  /** The file with the encrypted key: a keystore of version 3, as Ethereum clients write it. */
  path: string;
  password: PasswordSource;
  /** Makes a new key where there is no file. Default `false`. */
  make?: boolean;
  /** The N of scrypt for a key that is made, a power of two. Lower only in tests. Default 131,072. */
  scryptN?: number;
}

/**
 * Opens a keystore, which takes about a second for the sake of whoever would guess passwords. A key that is made is
 * written at once, whole, readable by its owner alone.
 *
 * @throws {TrustError} `KEYSTORE_NOT_FOUND`, `KEYSTORE_UNREADABLE`, `KEYSTORE_INVALID`, `KEYSTORE_NOT_WRITABLE`,
 *   `PASSWORD_MISSING` or `PASSWORD_WRONG`
 */
export async function openKeystore(options: KeystoreOptions): Promise<Signer> {
  const { path, make = false } = options;
  const existing = await read(path);
  if (existing !== undefined) return decrypt(existing, path, await readPassword(options.password));
  if (!make) {
    throw new TrustError(
      'KEYSTORE_NOT_FOUND',
      `There is no keystore at ${path}. Check the path; a node makes its key at its first start.`,
    );
  }
  const password = await readPassword(options.password);
  const privateKey = `0x${randomBytes(32).toString('hex')}`;
  const signer = new Signer(privateKey);
  const scrypt = options.scryptN === undefined ? {} : { scrypt: { N: options.scryptN } };
  const json = await encryptKeystoreJson({ privateKey, address: signer.address }, password, scrypt);
  if (await writePrivateFile(path, `${json}\n`)) return signer;
  return openKeystore({ ...options, make: false }); // another process was faster
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new TrustError(
      'KEYSTORE_UNREADABLE',
      `The keystore ${path} cannot be read (${systemCode(error)}). Check that it is a file and who may read it.`,
      error,
    );
  }
}

async function decrypt(json: string, path: string, password: string): Promise<Signer> {
  if (!isKeystoreJson(json)) throw invalid(path);
  try {
    return new Signer((await decryptKeystoreJson(json, password)).privateKey);
  } catch (error) {
    if (error instanceof Error && 'argument' in error && error.argument === 'password') {
      throw new TrustError(
        'PASSWORD_WRONG',
        `The password is not that of the keystore ${path}. Give the one that the key was made with.`,
      );
    }
    throw invalid(path);
  }
}

/** Without a cause: the library's words repeat what stands in the file. */
function invalid(path: string): TrustError {
  return new TrustError(
    'KEYSTORE_INVALID',
    `${path} is no keystore of version 3, or a damaged one. Put the right file there, or restore it from a backup.`,
  );
}
