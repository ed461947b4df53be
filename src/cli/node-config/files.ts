import { accessSync, constants, readFileSync, statSync } from 'node:fs';

import { accept, refuse, type Reading } from './reading.js';

/** The path of a file that can be read now. */
export function readableFile(path: string): Reading<string> {
  try {
    if (!statSync(path).isFile()) return refuse(`names ${path}, which is not a file`);
    accessSync(path, constants.R_OK);
    return accept(path);
  } catch (error) {
    return refuse(`names ${path}, which cannot be read (${systemCode(error)})`);
  }
}

/**
 * A secret: what stands in the file of this name, without the white space around it, and where there is no such file
 * the text itself. It goes into an HTTP header, so it is of printable ASCII without blanks.
 */
export function secret(text: string): Reading<string> {
  let content = text;
  if (isFile(text)) {
    try {
      content = readFileSync(text, 'utf8').trim();
    } catch (error) {
      return refuse(`names a file that cannot be read (${systemCode(error)})`);
    }
    if (content === '') return refuse('names a file that is empty');
  } else if (looksLikePath(text)) {
    return refuse('looks like the path of a file, and there is no such file');
  }
  if (/^[\x21-\x7e]{1,512}$/.test(content)) return accept(content);
  return refuse('takes 1 to 512 printable ASCII characters without blanks, or a file of them');
}

/** The system's word for what went wrong with a file, such as `ENOENT`. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
}

/** A path to a file that went missing must not become the secret. */
function looksLikePath(text: string): boolean {
  if (/^\.{1,2}\//.test(text)) return true;
  return /^\/[^/]+\//.test(text);
}

/** Whether there is a file of this name. */
export function isFile(path: string): boolean {
  return statOf(path)?.isFile() === true;
}

/** Nothing for what cannot be a path, besides what is none. */
function statOf(path: string): ReturnType<typeof statSync> {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
