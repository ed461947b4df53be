import type { AttemptKey, HookAnswer, HookRequest, MediaServerAdaptor, WarningListener } from './adaptor.js';
import { NginxControl } from './nginx-control.js';
import { parseNginxHook } from './nginx-hook.js';
import type { NginxHook } from './nginx-hook.js';
import { PublishTokens } from './publish-tokens.js';
import type { Publisher } from './publish-tokens.js';
import { rtmpAddress, withToken } from './rtmp-address.js';

/** How an nginx with its RTMP module is told who may publish. */
export interface NginxRtmpAdaptorOptions {
  /**
   * The location with `rtmp_control all`, e.g. `http://127.0.0.1:8080/control`. With it a revoked publisher is dropped
   * at once; without it, by the next `on_update` hook.
   */
  controlUrl?: string | URL;
  /** How long `revoke` waits for the control location, in milliseconds. Default 1000. */
  controlTimeoutMs?: number;
  /** A publish URL that nobody has used expires after this long, in milliseconds. Default 60,000. */
  unusedTokenMs?: number;
  /**
   * Who publishes, to an application whose hooks ask us, a stream to which no attempt is admitted: nobody (`refuse`),
   * or anybody who comes without a token (`allow`, for applications that streamers publish to as well). Default
   * `refuse`.
   */
  foreign?: 'refuse' | 'allow';
  /** Hears when nginx did not confirm that it dropped a publisher, and of outputs that it cannot protect. */
  onWarning?: WarningListener;
}

/** Where nginx's `on_publish`, `on_update` and `on_publish_done` are to be pointed, below the address of our server. */
export const nginxHookPaths = {
  publish: '/hooks/nginx-rtmp/publish',
  update: '/hooks/nginx-rtmp/update',
  done: '/hooks/nginx-rtmp/done',
} as const;

/** For so long after it was let in by its hook a publisher may not yet be visible to nginx's control module. */
const settlingMs = 500;

/**
 * An nginx with its RTMP module as the media server: a publish URL is the play URL with a token of one attempt and
 * rendition, nginx asks through its hooks whether a token is good, and is told through its control module to drop a
 * publisher whose token is not good any more. Outputs that are not RTMP go elsewhere, and stay as they are.
 */
export class NginxRtmpAdaptor implements MediaServerAdaptor {
  readonly #tokens: PublishTokens;
  readonly #control: NginxControl | undefined;
  readonly #controlTimeoutMs: number;
  readonly #foreign: 'refuse' | 'allow';
  readonly #warn: WarningListener;
  readonly #disposal = new AbortController();
  readonly #dropping = new Set<Promise<void>>();

  constructor(options: NginxRtmpAdaptorOptions = {}) {
    const { controlUrl, controlTimeoutMs = 1000, unusedTokenMs = 60_000, foreign = 'refuse' } = options;
    this.#tokens = new PublishTokens({ unusedMs: unusedTokenMs });
    this.#control = controlUrl === undefined ? undefined : new NginxControl(controlUrl);
    this.#controlTimeoutMs = controlTimeoutMs;
    this.#foreign = foreign;
    this.#warn = options.onWarning ?? (() => undefined);
  }

  admit(attempt: AttemptKey, outputs: readonly string[]): readonly string[] {
    return outputs.map((url) => {
      const address = rtmpAddress(url);
      if (address !== undefined) return withToken(url, this.#tokens.grant(attempt, streamOf(address)));
      this.#warn(`An output of job ${attempt.jobId} is not RTMP: nginx-rtmp cannot keep others from publishing there.`);
      return url;
    });
  }

  async revoke(attempt: AttemptKey): Promise<void> {
    const publishers = this.#tokens.revoke(attempt);
    const dropped = Promise.all(publishers.map((publisher) => this.#drop(attempt, publisher))).then(() => undefined);
    this.#dropping.add(dropped);
    await dropped;
    this.#dropping.delete(dropped);
  }

  release(attempt: AttemptKey): void {
    this.#tokens.release(attempt);
  }

  hook({ method, path, body }: HookRequest): HookAnswer | undefined {
    if (!Object.values<string>(nginxHookPaths).includes(path)) return undefined;
    if (method !== 'POST') return { status: 405 };
    const hook = parseNginxHook(body);
    if (hook === undefined) return { status: 400 };
    if (path === nginxHookPaths.done) {
      this.#tokens.leave(streamOf(hook), hook.tokens, hook.clientId);
      return { status: 204 };
    }
    const admitted = path === nginxHookPaths.publish ? this.#mayEnter(hook) : this.#mayStay(hook);
    return { status: admitted ? 204 : 403 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposal.abort();
    await Promise.all(this.#dropping);
  }

  #mayEnter(hook: NginxHook): boolean {
    if (hook.call !== 'publish') return false;
    return this.#tokens.enter(streamOf(hook), hook.tokens, hook.clientId) || this.#isNoneOfOurs(hook);
  }

  #mayStay(hook: NginxHook): boolean {
    if (hook.call === 'update_play') return true;
    if (hook.call !== 'update_publish') return false;
    return this.#tokens.stay(streamOf(hook), hook.tokens, hook.clientId) || this.#isNoneOfOurs(hook);
  }

  /** Whoever has a token was once admitted to a stream, which is not foreign then. */
  #isNoneOfOurs(hook: NginxHook): boolean {
    return this.#foreign === 'allow' && hook.tokens.length === 0 && !this.#tokens.knows(streamOf(hook));
  }

  async #drop({ jobId, attempt }: AttemptKey, { stream, id, enteredAtMs }: Publisher): Promise<void> {
    if (this.#control === undefined) return;
    const [application = '', name = ''] = stream.split('\n');
    const signal = AbortSignal.any([this.#disposal.signal, AbortSignal.timeout(this.#controlTimeoutMs)]);
    try {
      await this.#control.drop({ application, name, clientId: id }, enteredAtMs + settlingMs, signal);
    } catch (error) {
      if (this.#disposal.signal.aborted) return;
      const why = `nginx did not confirm that it dropped a publisher of attempt ${attempt} of job ${jobId}`;
      this.#warn(`${why}: ${reasonOf(error)}.`);
    }
  }
}

/** No hook and no URL has a line break in it. */
function streamOf({ application, name }: { application: string; name: string }): string {
  return `${application}\n${name}`;
}

/** What `fetch` throws says nothing; its cause does, and the text of that may hold the URL. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'it did not answer in time';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}
