import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { TrustError } from '../trust-error.js';

import { isMissing, systemCode, writePrivateFile } from './private-file.js';

/** Where the password of a keystore comes from; it is never an argument of a command line, which others can see. */
export type PasswordSource =
  | { text: string }
  /** The first line of the file. With `make`, a file that is missing is made, with a random password. */
  | { file: string; make?: boolean }
  /** The variable of the environment. */
  | { variable: string; environment?: NodeJS.ProcessEnv };

/**
 * Reads the password.
 *
 * @throws {TrustError} `PASSWORD_MISSING` when there is none, `KEYSTORE_UNREADABLE` when its file cannot be read
 */
export async function readPassword(source: PasswordSource): Promise<string> {
  if ('text' in source) return source.text;
  return 'file' in source ? fromFile(source.file, source.make ?? false) : fromVariable(source);
}

/** What counts of a file with a password. Empty: there is none. */
export function firstLine(text: string): string {
  const [line = ''] = text.split(/\r?\n/);
  return line;
}

function fromVariable({ variable, environment = process.env }: { variable: string; environment?: NodeJS.ProcessEnv }) {
  const password = environment[variable] ?? '';
  if (password !== '') return password;
  throw new TrustError(
    'PASSWORD_MISSING',
    `The environment has no ${variable}, which is to hold the password of the keystore. Set it, or name a file with the password.`,
  );
}

async function fromFile(path: string, make: boolean): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (make && isMissing(error)) return makePassword(path);
    throw new TrustError(
      'KEYSTORE_UNREADABLE',
      `The file with the keystore's password, ${path}, cannot be read (${systemCode(error)}). Check the path and who may read it.`,
      error,
    );
  }
  const password = firstLine(text);
  if (password !== '') return password;
  throw new TrustError(
    'PASSWORD_MISSING',
    `The first line of ${path} is empty, and the keystore's password is to stand there. Write it into the file.`,
  );
}

async function makePassword(path: string): Promise<string> {
  const password = randomBytes(32).toString('base64url');
  if (await writePrivateFile(path, `${password}\n`)) return password;
  return fromFile(path, false); // another process was faster
}
