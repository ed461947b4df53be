import { AddressList } from './address-list.js';
import {
  parseOrchestratorJson,
  type OrchestratorList,
  type OrchestratorListener,
  type OrchestratorSource,
  type WarningListener,
} from './discovery.js';
import { Polling } from '../polling.js';
import { Webhook, WebhookFailure } from './webhook.js';

/** Which webhook is followed, and how. */
export interface OrchestratorWebhookOptions {
  /** An `http` or `https` URL. */
  url: string;
  /** Hears of every failure to get a list, and of entries that are left out. */
  onWarning: WarningListener;
  /** How long a list is good for, in milliseconds. Default 60,000. */
  refreshMs?: number;
  /** How soon it is asked again after a failure, in milliseconds. Default 5000. */
  retryMs?: number;
  /** The longest wait for the whole answer, in milliseconds. Default 3000. */
  timeoutMs?: number;
}

const maxBytes = 1 << 20;

/**
 * The orchestrators that a webhook lists, as in Livepeer: it answers a GET with a JSON list of addresses, or of objects
 * with an `address`. An answer that cannot be used, an empty list among them, changes nothing.
 */
export class OrchestratorWebhook implements OrchestratorSource {
  readonly #list = new AddressList();
  readonly #webhook: Webhook;
  readonly #warn: WarningListener;
  readonly #refreshMs: number;
  readonly #retryMs: number;
  readonly #timeoutMs: number;
  readonly #polling: Polling;

  /** @throws TypeError when the URL is neither `http` nor `https` */
  constructor({ url, onWarning, refreshMs = 60_000, retryMs = 5000, timeoutMs = 3000 }: OrchestratorWebhookOptions) {
    this.#webhook = new Webhook(url);
    this.#warn = onWarning;
    this.#refreshMs = refreshMs;
    this.#retryMs = retryMs;
    this.#timeoutMs = timeoutMs;
    this.#polling = new Polling((signal) => this.#refresh(signal));
  }

  addresses(): readonly string[] {
    return this.#list.addresses;
  }

  onChange(listener: OrchestratorListener): () => void {
    return this.#list.onChange(listener);
  }

  /** Asks once before it is done. A webhook that fails then is asked again like any other time. */
  async start(): Promise<void> {
    await this.#polling.startNow();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#list.clear();
    await this.#polling.end();
  }

  async #refresh(signal: AbortSignal): Promise<number> {
    const loaded = await this.#load(signal);
    if (signal.aborted) return this.#refreshMs;
    if (typeof loaded === 'string') {
      this.#warn(`The webhook for orchestrators ${loaded}; the list stays as it was.`);
      return this.#retryMs;
    }
    for (const fault of loaded.faults) this.#warn(`In the answer of the webhook for orchestrators: ${fault}`);
    this.#list.replace(loaded.addresses);
    return this.#refreshMs;
  }

  /** The list, or why there is none as the predicate of a sentence. */
  async #load(signal: AbortSignal): Promise<OrchestratorList | string> {
    try {
      const { status, body } = await this.#webhook.ask({ timeoutMs: this.#timeoutMs, maxBytes, signal });
      if (status < 200 || status >= 300) return `answered with HTTP ${status}`;
      const list = parseOrchestratorJson(body);
      return list.addresses.length === 0 ? 'listed no orchestrator' : list;
    } catch (error) {
      if (error instanceof SyntaxError) return `answered with what ${error.message}`;
      if (error instanceof WebhookFailure) return error.message;
      if (signal.aborted) return 'was not waited for';
      throw error;
    }
  }
}
