import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { Wallet, encryptKeystoreJson } from 'ethers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openKeystore, type KeystoreOptions } from '../../src/trust/keys/keystore.js';
import { recoverAddress } from '../../src/trust/keys/signature.js';
import { Signer } from '../../src/trust/keys/signer.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-keys-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const digest = `0x${'d1'.repeat(32)}`;
const variable = { variable: 'PASSWORD', environment: { PASSWORD: 'correct horse' } };

function options(changes: Partial<KeystoreOptions> = {}): KeystoreOptions {
  return { path: join(folder, 'role', 'key.json'), password: variable, make: true, scryptN: 2, ...changes };
}

describe('openKeystore', () => {
  it('makes a key at the first start, and finds it again', async () => {
    const made = await openKeystore(options());
    const found = await openKeystore(options({ make: false }));
    expect(found.address).toBe(made.address);
    expect(recoverAddress(digest, found.sign(digest))).toBe(made.address);
  });

  it('makes another key in another place', async () => {
    const one = await openKeystore(options());
    const other = await openKeystore(options({ path: join(folder, 'other.json') }));
    expect(other.address).not.toBe(one.address);
  });

  it('writes what its owner alone can read, and nothing besides', async () => {
    await openKeystore(options());
    expect(await readdir(join(folder, 'role'))).toEqual(['key.json']);
    expect((await stat(join(folder, 'role', 'key.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'role'))).mode & 0o777).toBe(0o700);
  });

  it('takes a keystore that another client made', async () => {
    const wallet = new Wallet(`0x${'42'.repeat(32)}`);
    const path = join(folder, 'geth.json');
    await writeFile(path, await encryptKeystoreJson(wallet, 'correct horse', { scrypt: { N: 2 } }));
    expect((await openKeystore(options({ path }))).checksumAddress).toBe(wallet.address);
  });

  it('has one key when several processes make it at once', async () => {
    const signers = await Promise.all([1, 2, 3, 4].map(async () => openKeystore(options())));
    expect(new Set(signers.map(({ address }) => address)).size).toBe(1);
    expect(await readdir(join(folder, 'role'))).toEqual(['key.json']);
  });

  it('takes the first line of a file for the password', async () => {
    const file = join(folder, 'password');
    await writeFile(file, 'correct horse\nand a note\n');
    const { address } = await openKeystore(options());
    expect((await openKeystore(options({ password: { file } }))).address).toBe(address);
  });

  it('makes a password where it may, for the owner alone', async () => {
    const password = { file: join(folder, 'password'), make: true };
    const { address } = await openKeystore(options({ password }));
    expect((await stat(password.file)).mode & 0o777).toBe(0o600);
    expect((await readFile(password.file, 'utf8')).trim()).toMatch(/^[\w-]{43}$/);
    expect((await openKeystore(options({ password }))).address).toBe(address);
  });

  it.each<[string, string, Partial<KeystoreOptions>]>([
    ['a keystore that is not there', 'KEYSTORE_NOT_FOUND', { make: false, path: '/nonexistent/key.json' }],
    ['a keystore that is a folder', 'KEYSTORE_UNREADABLE', { path: tmpdir() }],
    ['a place where nothing can be written', 'KEYSTORE_NOT_WRITABLE', { path: '/proc/key.json' }],
    ['a variable that is not set', 'PASSWORD_MISSING', { password: { variable: 'PASSWORD', environment: {} } }],
    ['a password file that is not there', 'KEYSTORE_UNREADABLE', { password: { file: '/nonexistent/password' } }],
    ['a password file that is empty', 'PASSWORD_MISSING', { password: { file: '/dev/null' } }],
  ])('refuses %s with %s', async (_, code, changes) => {
    await expect(openKeystore(options(changes))).rejects.toMatchObject({ name: 'TrustError', code });
  });

  it('refuses another password, and shows neither', async () => {
    await openKeystore(options());
    const wrong = { variable: 'PASSWORD', environment: { PASSWORD: 'battery staple' } };
    const failure: unknown = await openKeystore(options({ password: wrong })).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'PASSWORD_WRONG' });
    expect(inspect(failure)).not.toMatch(/battery|correct horse/);
  });

  it.each([
    ['no JSON', 'not a keystore'],
    ['JSON of another kind', '{"version":3}'],
    [
      'a keystore whose key was cut off',
      '{"version":3,"crypto":{"cipher":"aes-128-ctr","kdf":"scrypt","kdfparams":{}}}',
    ],
  ])('refuses %s', async (_, content) => {
    const path = join(folder, 'key.json');
    await writeFile(path, content);
    await expect(openKeystore(options({ path }))).rejects.toMatchObject({ code: 'KEYSTORE_INVALID' });
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it.runIf(process.getuid?.() !== 0)('refuses a keystore that it may not read', async () => {
    await openKeystore(options());
    await chmod(options().path, 0);
    await expect(openKeystore(options())).rejects.toMatchObject({ code: 'KEYSTORE_UNREADABLE' });
  });
});

describe('Signer', () => {
  it('never shows its key', () => {
    const key = '42'.repeat(32);
    const signer = new Signer(`0x${key}`);
    expect(`${inspect(signer, { depth: 9, showHidden: true })}${JSON.stringify(signer)}`).not.toContain('4242');
    expect(JSON.stringify(signer)).toContain(signer.address);
  });
});
