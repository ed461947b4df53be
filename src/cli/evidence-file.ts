import { readFile } from 'node:fs/promises';

import { redactUrl } from '../transcoder/redact-url.js';
import { TrustError } from '../trust/trust-error.js';

/** What is taken over HTTP at the most. */
export interface DownloadLimits {
  bytes: number;
  ms: number;
}

// The bundle of a day of three renditions is some 200 MB.
const usualLimits: DownloadLimits = { bytes: 256 * 2 ** 20, ms: 60_000 };

/** Whether evidence is asked for over HTTP, as a broadcaster gives it. */
export function isHttpUrl(place: string): boolean {
  return /^https?:\/\//i.test(place);
}

/**
 * The JSON of a bundle or a ticket, from a file or over HTTP, where user info in the URL is sent as basic authentication.
 *
 * @param what it should be, as in “There is no bundle at …”
 * @param limits Default: 256 MiB within a minute.
 * @throws {TrustError} `EVIDENCE_UNREADABLE` when it cannot be had, `EVIDENCE_INVALID` when it is no JSON
 */
export async function readEvidence(
  place: string,
  what: 'bundle' | 'ticket',
  limits: DownloadLimits = usualLimits,
): Promise<unknown> {
  const text = isHttpUrl(place) ? await download(place, what, limits) : await textOf(place, what);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new TrustError('EVIDENCE_INVALID', `${redactUrl(place)} is not JSON: it is no ${what}.`);
  }
}

async function textOf(path: string, what: string): Promise<string> {
  // It may be a URL of a kind that is not read.
  const shown = redactUrl(path);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    // The system's own message has the path as it was given.
    const cause = shown === path ? error : undefined;
    if (code === 'ENOENT') throw unreadable(`There is no ${what} at ${shown}: check the path.`, cause);
    if (code === 'EISDIR') throw unreadable(`${shown} is a folder: name the file with the ${what}.`, cause);
    throw unreadable(`${shown} cannot be read (${code}).`, cause);
  }
}

async function download(url: string, what: string, limits: DownloadLimits): Promise<string> {
  const shown = redactUrl(url);
  if (!URL.canParse(url)) throw unreadable(`${shown} is no URL.`);
  const { bare, authorization } = withoutUser(new URL(url), shown);
  const deadline = AbortSignal.timeout(limits.ms);
  try {
    const headers = { accept: 'application/json', ...(authorization !== undefined && { authorization }) };
    const response = await fetch(bare, { headers, signal: deadline });
    // Else it would come in until it ends, and keep the process.
    if (!response.ok) await response.body?.cancel();
    if (response.status === 404) throw unreadable(`There is no ${what} at ${shown} (404): check the URL.`);
    if (!response.ok) throw unreadable(`There is no ${what} at ${shown}: the server answered with ${response.status}.`);
    return await readText(response, shown, limits.bytes);
  } catch (error) {
    if (error instanceof TrustError) throw error;
    if (deadline.aborted) throw unreadable(`${shown} did not give the ${what} within ${limits.ms / 1000} s.`, error);
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw unreadable(`${shown} cannot be reached: check that the server is running, and host and port.`, cause);
  }
}

/** fetch() takes no URL with user info. */
function withoutUser(url: URL, shown: string): { bare: URL; authorization?: string } {
  const { username, password } = url;
  if (username === '' && password === '') return { bare: url };
  const bare = new URL(url);
  bare.username = bare.password = '';
  const credentials = Buffer.from(decoded(`${username}:${password}`, shown));
  return { bare, authorization: `Basic ${credentials.toString('base64')}` };
}

function decoded(userInfo: string, shown: string): string {
  try {
    return decodeURIComponent(userInfo);
  } catch {
    // The cause would have nothing more to say, and may show what it is about.
    throw unreadable(`The user info of ${shown} cannot be decoded: write % as %25.`);
  }
}

async function readText(response: Response, shown: string, mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the rest.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > mostBytes)
      throw unreadable(
        `${shown} gives more than ${mostBytes / 2 ** 20} MiB, which is too much: download it, and name the file.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unreadable(message: string, cause?: unknown): TrustError {
  return new TrustError('EVIDENCE_UNREADABLE', message, cause);
}
