import { maxConfigurationBytes, parseConfiguration, type Configuration } from './configuration.js';
import { Problem } from './problem.js';
import { Webhook, WebhookFailure, type WebhookAnswer } from './webhook.js';

/** How an {@link AuthWebhook} is reached. */
export interface AuthWebhookOptions {
  /** An `http` or `https` URL. */
  url: string;
  /** The longest wait for the whole answer, in milliseconds. Default 3000. */
  timeoutMs?: number;
}

/**
 * The operator's word on who may have what transcoded, by `--auth-webhook-url`, as in Livepeer: it is posted
 * `{"url": …}`, and a success without a body admits the stream as it is. A success with one has a configuration, the
 * values of which replace the request's; its `manifestID` names the stream, and has to be there.
 */
export class AuthWebhook {
  readonly #webhook: Webhook;
  readonly #timeoutMs: number;

  /** @throws TypeError when the URL is neither `http` nor `https` */
  constructor({ url, timeoutMs = 3000 }: AuthWebhookOptions) {
    this.#webhook = new Webhook(url);
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Asks about a request.
   *
   * @param requestUrl what was asked of the broadcaster, as a URL with its query
   * @returns what the webhook decides, for `parseNotification`; undefined when it leaves everything as it is
   * @throws Problem `unauthorized` or `forbidden` when it denies the stream, `auth-webhook-failed` or
   * `auth-webhook-timed-out` when it does not answer properly
   * @throws the signal's reason
   */
  async authorize(requestUrl: string, signal?: AbortSignal): Promise<Configuration | undefined> {
    const { status, body } = await this.#ask(requestUrl, signal);
    if (status === 401) throw new Problem('unauthorized', 'The authentication webhook wants credentials (HTTP 401).');
    if (status >= 400 && status < 500) {
      throw new Problem('forbidden', `The authentication webhook denies the stream (HTTP ${status}).`);
    }
    if (status < 200 || status >= 300) throw failure(`answered with HTTP ${status}`);
    if (body.trim() === '') return undefined;
    const decided = decision(body);
    // A webhook that answers every request with a JSON object may mean to deny this one.
    if ((decided.manifestID ?? '') === '') {
      const detail = 'The authentication webhook answered without a manifestID, which denies the stream.';
      throw new Problem('forbidden', detail, { field: 'manifestID' });
    }
    return decided;
  }

  async #ask(requestUrl: string, signal: AbortSignal | undefined): Promise<WebhookAnswer> {
    try {
      return await this.#webhook.ask({
        timeoutMs: this.#timeoutMs,
        maxBytes: maxConfigurationBytes,
        json: { url: requestUrl },
        signal,
      });
    } catch (error) {
      if (!(error instanceof WebhookFailure)) throw error;
      if (error.reason === 'failed') throw failure(error.message, error);
      throw new Problem('auth-webhook-timed-out', `The authentication webhook ${error.message}.`, { cause: error });
    }
  }
}

/** Its answer is not the caller's to put right, so a broken one is no `configuration-invalid`. */
function decision(body: string): Configuration {
  try {
    return parseConfiguration(body, 'its answer');
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw failure(`answered with what is no configuration: ${error.detail.replace(/\.$/, '')}`, error);
  }
}

function failure(predicate: string, cause?: unknown): Problem {
  return new Problem('auth-webhook-failed', `The authentication webhook ${predicate}.`, { cause });
}
