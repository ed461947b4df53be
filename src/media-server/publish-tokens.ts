import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import type { AttemptKey } from './adaptor.js';

/** For how long the tokens of {@link PublishTokens} are good. */
export interface PublishTokensOptions {
  /** A token with which nobody has published expires after this long, in milliseconds. Default 60,000. */
  unusedMs?: number;
  /** The clock, in milliseconds; it must never go back. Default: the process's. */
  now?: () => number;
}

/** Somebody who publishes with a token. */
export interface Publisher {
  /** The stream as it was given to `grant`. */
  stream: string;
  /** As the media server calls its connection. */
  id: string;
  /** By the clock of the options. */
  enteredAtMs: number;
}

interface Grant {
  readonly stream: string;
  readonly digest: Buffer;
  /** When it stops to be good for new publishers. */
  expiresAtMs: number;
  /** When it is forgotten; pushed back by every sign of a publisher that is still there. */
  forgottenAtMs: number;
  readonly publishers: Map<string, Publisher>;
}

/** A media server that does not tell when publishers leave would make an attempt's list of them grow for ever. */
const maxPublishers = 8;
/** How long a publisher of a released attempt may stay without a sign. */
const lingerMs = 60_000;

/**
 * Who may publish which stream: every attempt gets a token of 192 random bits per stream, and only the tokens' digests
 * are kept, in memory. Streams and publishers are whatever strings the media server knows them by.
 */
export class PublishTokens {
  readonly #unusedMs: number;
  readonly #now: () => number;
  readonly #byAttempt = new Map<string, Grant[]>();
  readonly #byStream = new Map<string, Set<Grant>>();
  readonly #released = new Set<Grant>();

  constructor({ unusedMs = 60_000, now = () => performance.now() }: PublishTokensOptions = {}) {
    this.#unusedMs = unusedMs;
    this.#now = now;
  }

  /** Makes the token with which the attempt may publish the stream. */
  grant(attempt: AttemptKey, stream: string): string {
    this.#forgetReleased();
    const token = randomBytes(24).toString('base64url');
    const expiresAtMs = this.#now() + this.#unusedMs;
    const grant = { stream, digest: digestOf(token), expiresAtMs, forgottenAtMs: Infinity, publishers: new Map() };
    const key = keyOf(attempt);
    this.#byAttempt.set(key, [...(this.#byAttempt.get(key) ?? []), grant]);
    this.#byStream.set(stream, (this.#byStream.get(stream) ?? new Set()).add(grant));
    return token;
  }

  /** Whether there is a token for the stream, good or expired. */
  knows(stream: string): boolean {
    return this.#byStream.has(stream);
  }

  /** Whether the publisher may come in with one of these tokens; from then on it counts as there. */
  enter(stream: string, tokens: readonly string[], id: string): boolean {
    const now = this.#now();
    const grant = this.#find(stream, tokens);
    if (grant === undefined || now >= grant.expiresAtMs) return false;
    grant.expiresAtMs = Infinity;
    note(grant, { stream, id, enteredAtMs: now });
    return true;
  }

  /** Whether the publisher, who came in earlier, may go on. */
  stay(stream: string, tokens: readonly string[], id: string): boolean {
    const now = this.#now();
    const grant = this.#find(stream, tokens);
    if (grant === undefined) return false;
    if (!grant.publishers.has(id)) note(grant, { stream, id, enteredAtMs: now });
    if (this.#released.has(grant)) grant.forgottenAtMs = now + lingerMs;
    return true;
  }

  /** The publisher has left. */
  leave(stream: string, tokens: readonly string[], id: string): void {
    const grant = this.#find(stream, tokens);
    if (!grant?.publishers.delete(id)) return;
    if (this.#released.has(grant) && grant.publishers.size === 0) this.#forget(grant);
  }

  /** Forgets the attempt's tokens, and returns who published with them and may still be there. */
  revoke(attempt: AttemptKey): Publisher[] {
    const grants = this.#take(attempt);
    for (const grant of grants) this.#forget(grant);
    return grants.flatMap(({ publishers }) => [...publishers.values()]);
  }

  /**
   * Lets nobody in any more with the attempt's tokens, and forgets them when those who publish have left.
   *
   * @returns the streams for which there is no token now.
   */
  release(attempt: AttemptKey): string[] {
    const now = this.#now();
    const grants = this.#take(attempt);
    for (const grant of grants) {
      if (grant.publishers.size === 0) {
        this.#forget(grant);
        continue;
      }
      grant.expiresAtMs = now;
      grant.forgottenAtMs = now + lingerMs;
      this.#released.add(grant);
    }
    this.#forgetReleased();
    return grants.map(({ stream }) => stream).filter((stream) => !this.knows(stream));
  }

  #take(attempt: AttemptKey): Grant[] {
    const key = keyOf(attempt);
    const grants = this.#byAttempt.get(key) ?? [];
    this.#byAttempt.delete(key);
    return grants;
  }

  #find(stream: string, tokens: readonly string[]): Grant | undefined {
    const digests = tokens.map(digestOf);
    return [...(this.#byStream.get(stream) ?? [])].find((grant) =>
      digests.some((digest) => timingSafeEqual(digest, grant.digest)),
    );
  }

  #forgetReleased(): void {
    const now = this.#now();
    for (const grant of this.#released) if (now >= grant.forgottenAtMs) this.#forget(grant);
  }

  #forget(grant: Grant): void {
    this.#released.delete(grant);
    const grants = this.#byStream.get(grant.stream);
    grants?.delete(grant);
    if (grants?.size === 0) this.#byStream.delete(grant.stream);
  }
}

function note({ publishers }: Grant, publisher: Publisher): void {
  publishers.set(publisher.id, publisher);
  const [oldest = publisher.id] = publishers.keys();
  if (publishers.size > maxPublishers) publishers.delete(oldest);
}

function keyOf({ jobId, attempt }: AttemptKey): string {
  return `${attempt} ${jobId}`;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
