/** Why a webhook has no answer that could be used. Its message is a sentence's predicate: `did not answer in time`. */
export class WebhookFailure extends Error {
  override readonly name = 'WebhookFailure';

  /** `timed-out`: the whole answer was not there in time. `failed`: everything else. */
  readonly reason: 'timed-out' | 'failed';

  constructor(reason: WebhookFailure['reason'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** What a webhook answered. */
export interface WebhookAnswer {
  /** Anything but a redirect. */
  status: number;
  /** Empty for a status that is no success: what it says then is not for us. */
  body: string;
}

/** How a webhook is asked. */
export interface WebhookOptions {
  /** From the request to the last byte of the answer. */
  timeoutMs: number;
  /** A longer answer is none. */
  maxBytes: number;
  /** Posted as JSON. Default: the webhook is asked by GET. */
  json?: unknown;
  /** Gives up early; the call rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/** An operator's HTTP endpoint, asked for one thing at a time. No redirect is followed, and nothing is tried twice. */
export class Webhook {
  readonly #url: string;
  readonly #authorization: string | undefined;

  /**
   * @param url `http` or `https`; user info in it is sent as basic authentication
   * @throws TypeError when it is not such a URL
   */
  constructor(url: string) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
      throw new TypeError('A webhook should be an http or https URL.');
    }
    this.#authorization = basicAuthorization(parsed);
    // fetch() takes no URL with user info.
    parsed.username = parsed.password = '';
    this.#url = parsed.href;
  }

  /**
   * Asks it.
   *
   * @throws WebhookFailure when it does not answer properly
   * @throws the signal's reason
   */
  async ask({ timeoutMs, maxBytes, json, signal }: WebhookOptions): Promise<WebhookAnswer> {
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(this.#url, {
        method: json === undefined ? 'GET' : 'POST',
        headers: {
          accept: 'application/json',
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.#authorization === undefined ? {} : { authorization: this.#authorization }),
        },
        body: json === undefined ? null : JSON.stringify(json),
        redirect: 'manual',
        signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      });
      return await answerOf(response, maxBytes);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof WebhookFailure) throw error;
      if (deadline.aborted) throw new WebhookFailure('timed-out', `did not answer within ${timeoutMs} ms`, error);
      throw new WebhookFailure('failed', 'cannot be reached', error);
    }
  }
}

function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(credentials).toString('base64')}`;
  } catch {
    throw new TypeError("A webhook's user name and password should be percent-encoded.");
  }
}

async function answerOf(response: Response, maxBytes: number): Promise<WebhookAnswer> {
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw new WebhookFailure('failed', `answered with a redirect (HTTP ${response.status}), which is not followed`);
  }
  if (response.ok) return { status: response.status, body: await readText(response, maxBytes) };
  await response.body?.cancel();
  return { status: response.status, body: '' };
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the rest.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new WebhookFailure('failed', `answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
