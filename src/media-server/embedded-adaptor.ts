import type { AttemptKey, MediaServerAdaptor, WarningListener } from './adaptor.js';
import type { EmbeddedMediaServer, EmbeddedPublisher, PublishAuthority } from './embedded.js';
import { PublishTokens } from './publish-tokens.js';
import { withToken } from './rtmp-address.js';

/** How the embedded media server is told who may publish. */
export interface EmbeddedAdaptorOptions {
  /** A publish URL that nobody has used expires after this long, in milliseconds. Default 60,000. */
  unusedTokenMs?: number;
  /** For how long viewers wait for the next attempt when a publisher has left, in milliseconds. Default 5000. */
  viewersWaitMs?: number;
  /** Hears of outputs that the server cannot protect. */
  onWarning?: WarningListener;
}

/**
 * The media server inside this process: a publish URL is the play URL with a token of one attempt and rendition, and
 * whoever publishes with one that is not good any more is broken off on the spot. Viewers of a job's streams see nothing
 * of a failover but a gap. Streams to which no attempt is admitted are let in from anybody who comes without a token, until
 * one is: streamers publish them. Outputs that are neither RTMP nor HTTP go elsewhere, and stay as they are.
 *
 * It is the server's authority until it is disposed of; then everybody may publish again.
 */
export class EmbeddedAdaptor implements MediaServerAdaptor, PublishAuthority {
  readonly #server: EmbeddedMediaServer;
  readonly #tokens: PublishTokens;
  readonly #viewersWaitMs: number;
  readonly #warn: WarningListener;

  constructor(server: EmbeddedMediaServer, options: EmbeddedAdaptorOptions = {}) {
    const { unusedTokenMs = 60_000, viewersWaitMs = 5000, onWarning = () => undefined } = options;
    this.#server = server;
    this.#tokens = new PublishTokens({ unusedMs: unusedTokenMs });
    this.#viewersWaitMs = viewersWaitMs;
    this.#warn = onWarning;
    server.setAuthority(this);
  }

  admit(attempt: AttemptKey, outputs: readonly string[]): readonly string[] {
    return outputs.map((url) => {
      const path = streamPathOf(url);
      if (path !== undefined) {
        // Who came there without a token, before anybody was admitted, would keep the attempt out.
        if (!this.#tokens.knows(path)) this.#server.dropFrom(path, this.#viewersWaitMs);
        return withToken(url, this.#tokens.grant(attempt, path));
      }
      this.#warn(`An output of job ${attempt.jobId} is none that the embedded media server could protect.`);
      return url;
    });
  }

  async revoke(attempt: AttemptKey): Promise<void> {
    for (const { id } of this.#tokens.revoke(attempt)) this.#server.drop(id, this.#viewersWaitMs);
    return Promise.resolve();
  }

  release(attempt: AttemptKey): void {
    for (const path of this.#tokens.release(attempt)) this.#server.endWaitingViewers(path);
  }

  mayPublish({ path, tokens, id }: EmbeddedPublisher): boolean {
    return this.#tokens.enter(path, tokens, id) || (tokens.length === 0 && !this.#tokens.knows(path));
  }

  left({ path, tokens, id }: EmbeddedPublisher): void {
    this.#tokens.leave(path, tokens, id);
  }

  viewersWaitMs(path: string): number {
    return this.#tokens.knows(path) ? this.#viewersWaitMs : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.setAuthority(undefined);
    return Promise.resolve();
  }
}

/** The path by which the embedded server knows the stream of a URL; HTTP-FLV has a suffix that RTMP has not. */
function streamPathOf(url: string): string | undefined {
  const [, scheme = '', path] = /^(rtmp|http)s?:\/\/[^/?#]*(\/[^?#]+)/i.exec(url) ?? [];
  return scheme.toLowerCase() === 'http' ? path?.replace(/\.flv$/, '') : path;
}
