import { randomBytes } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { TrustError } from '../trust-error.js';

/**
 * Makes a file that only its owner can read: whole and on the disk, or not at all. What exists is never replaced.
 *
 * @returns whether it was made; `false` when there is a file of that name
 * @throws {TrustError} `KEYSTORE_NOT_WRITABLE`
 */
export async function writePrivateFile(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeThrough(draft, content);
    try {
      // Unlike a rename, a link fails when the name is taken: of two processes one makes the key and both use it.
      await link(draft, path);
    } finally {
      await unlink(draft);
    }
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw new TrustError(
      'KEYSTORE_NOT_WRITABLE',
      `${path} cannot be written (${systemCode(error)}). Check that you may write there and that the disk has room.`,
      error,
    );
  }
}

/** Whether the error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT';
}

/** The system's word for what went wrong with a file, such as `ENOENT`. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
}

async function writeThrough(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The name of a file is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
