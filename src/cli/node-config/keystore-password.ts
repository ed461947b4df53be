import { readFileSync } from 'node:fs';

import { firstLine } from '../../trust/keys/password.js';

import { isFile, systemCode } from './files.js';
import type { GivenSettings } from './given-settings.js';
import { accept, refuse, type Reading } from './reading.js';

/**
 * The password of the keys. Flags and files of settings are seen by others, so they name the file that it stands in; the
 * variable holds it. Absent: none was given, or none that can be.
 */
export function readKeystorePassword(settings: GivenSettings): string | undefined {
  const isVariable = settings.placeOf('keystore-password') === 'variable';
  return settings.value('keystore-password', isVariable ? passwordItself : passwordOfFile);
}

/** Not shown: it may be a password after all. */
function passwordOfFile(path: string): Reading<string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return refuse(
      `takes the file whose first line is the password, never the password itself, and there is none that can be read (${systemCode(error)})`,
    );
  }
  const password = firstLine(text);
  return password === ''
    ? refuse('names a file whose first line is empty, and the password is to stand there')
    : accept(password);
}

/** A path that was meant to name a file must not become the password. */
function passwordItself(text: string): Reading<string> {
  if (!isFile(text)) return accept(text);
  return refuse('holds the password itself, and names a file: that is what --keystore-password is for');
}
