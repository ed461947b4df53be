import { readFile } from 'node:fs/promises';

import { TrustError } from '../trust/trust-error.js';

import { UsageError } from './usage-error.js';

/**
 * The JSON of a file with a bundle or a ticket.
 *
 * @throws {UsageError} when it cannot be read
 * @throws {TrustError} `EVIDENCE_INVALID` when it is no JSON
 */
export async function readEvidence(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new UsageError(`${path} cannot be read (${code}).`, { cause: error });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new TrustError('EVIDENCE_INVALID', `${path} is not JSON: it is no bundle and no ticket.`);
  }
}
