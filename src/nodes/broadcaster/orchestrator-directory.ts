import type { Log } from '../../observe/log.js';
import type { BroadcasterMetrics } from '../../observe/broadcaster-metrics.js';
import type { OnCallEnded } from '../../rpc/call-counting.js';
import { parseEndpoint, type Endpoint } from '../../rpc/endpoint.js';
import type { Offer } from '../../rpc/offer.js';
import type { ClientTls } from '../../rpc/tls.js';
import { absenceOf, type Absence } from './absence.js';
import type { OrchestratorSource } from './discovery.js';
import { OrchestratorClient } from './orchestrator-client.js';
import { OrchestratorScores } from './orchestrator-scores.js';
import { chooseOrchestrators, isAffordable, mayBeCapable, type Needs, type SelectionOptions } from './selection.js';

export interface OrchestratorDirectoryOptions {
  sources: readonly OrchestratorSource[];
  tls: ClientTls;
  selection: SelectionOptions;
  log: Log;
  metrics: BroadcasterMetrics;
  /** Default: nobody hears. */
  onCallEnded?: OnCallEnded | undefined;
}

interface Entry {
  client: OrchestratorClient;
  offer: Offer | undefined;
  /** Questions for an offer that were not answered, in a row. */
  failures: number;
}

const refreshEveryMs = 2000;
// A peer that takes connections and says nothing, a frozen one for instance, would be waited for on this one for ever.
const redialAfterFailures = 3;

/** The orchestrators that are known, what each offers, and how each has been doing. */
export class OrchestratorDirectory implements AsyncDisposable {
  readonly #options: OrchestratorDirectoryOptions;
  readonly #scores = new OrchestratorScores();
  /** By address. */
  readonly #entries = new Map<string, Entry>();
  readonly #subscriptions: (() => void)[];
  readonly #refresher: NodeJS.Timeout;

  private constructor(options: OrchestratorDirectoryOptions) {
    this.#options = options;
    this.#subscriptions = options.sources.map((source) =>
      source.onChange(() => {
        this.#followOn();
      }),
    );
    this.#follow();
    this.#refresher = setInterval(() => {
      void this.#refreshAll();
    }, refreshEveryMs);
  }

  /**
   * Learns who there is, and asks each for its offer.
   *
   * @throws what makes a source useless as it was configured.
   */
  static async open(options: OrchestratorDirectoryOptions): Promise<OrchestratorDirectory> {
    let directory: OrchestratorDirectory;
    try {
      for (const source of options.sources) await source.start();
      directory = new OrchestratorDirectory(options);
    } catch (error) {
      for (const source of options.sources) await source[Symbol.asyncDispose]();
      throw error;
    }
    await directory.#refreshAll();
    return directory;
  }

  /** Whom to ask for a job, the best first. */
  choose(needs: Needs): readonly OrchestratorClient[] {
    const trusted = [...this.#entries].filter(([address]) => !this.#scores.isDistrusted(address));
    const candidates = trusted.map(([address, { offer }]) => ({
      address,
      latencyMs: this.#scores.latencyMs(address),
      offer,
      isSuspended: this.#scores.isSuspended(address),
    }));
    return chooseOrchestrators(candidates, needs, this.#options.selection).flatMap(({ address }) => {
      const entry = this.#entries.get(address);
      return entry === undefined ? [] : [entry.client];
    });
  }

  /** Whether any orchestrator may have the codecs; one that did not answer may. */
  mayBeCapable(needs: Pick<Needs, 'decoder' | 'encoders'>): boolean {
    const offers = [...this.#entries.values()].map(({ offer }) => offer);
    return offers.length === 0 || offers.some((offer) => offer === undefined || mayBeCapable(offer, needs));
  }

  /** Why there is nobody to choose. */
  whyNone(needs: Pick<Needs, 'maxPrice'>): Absence {
    const suspendedForMs = [...this.#entries.keys()].flatMap((address) => this.#scores.distrustedForMs(address) || []);
    const trusted = [...this.#entries].filter(([address]) => !this.#scores.isDistrusted(address));
    const offers = trusted.flatMap(([, { offer }]) => offer ?? []);
    const tooDear = offers.filter((offer) => !isAffordable(offer, needs)).length;
    const silent = trusted.length - offers.length;
    return absenceOf({ known: this.#entries.size, suspendedForMs, silent, tooDear }, Date.now());
  }

  /** It took a job on, so many milliseconds after it was asked. */
  accepted(address: string, latencyMs: number): void {
    if (this.#entries.has(address)) this.#scores.answered(address, latencyMs);
  }

  /** A job that it took on delivers. */
  succeeded(address: string): void {
    if (this.#entries.has(address)) this.#scores.succeeded(address);
  }

  /** It failed a job by its own fault, of that code. */
  failed(address: string, code: string): void {
    if (!this.#entries.has(address) || !this.#scores.failed(address)) return;
    this.#logSuspension(address, code, this.#scores.suspendedForMs(address));
  }

  /** It was found to cheat, and gets no job for an hour. */
  distrusted(address: string): void {
    const isNew = !this.#scores.isDistrusted(address);
    this.#scores.distrusted(address);
    if (isNew) this.#logSuspension(address, 'VERIFICATION_FAILED', this.#scores.distrustedForMs(address));
  }

  /** How many are known, and how many of them have answered lately and are not suspended. */
  get standing(): { known: number; usable: number } {
    const usable = [...this.#entries].filter(
      ([address, { offer }]) => offer !== undefined && !this.#scores.isSuspended(address),
    );
    return { known: this.#entries.size, usable: usable.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#refresher);
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    for (const source of this.#options.sources) await source[Symbol.asyncDispose]();
    for (const { client } of this.#entries.values()) client[Symbol.dispose]();
    this.#entries.clear();
  }

  #logSuspension(orchestrator: string, code: string, forMs: number): void {
    const until = new Date(Date.now() + forMs).toISOString();
    this.#options.log.warn({ orchestrator, code, until }, 'orchestrator is suspended');
  }

  /** Takes the sources' lists over. A job that runs at one which is listed no longer goes on. */
  #follow(): void {
    const addresses = new Set(this.#options.sources.flatMap((source) => source.addresses()));
    for (const address of addresses) {
      const endpoint = this.#entries.has(address) ? undefined : parseEndpoint(address);
      if (endpoint === undefined) continue;
      const entry: Entry = { client: this.#dial(endpoint), offer: undefined, failures: 0 };
      this.#entries.set(address, entry);
      void this.#refresh(address, entry);
    }
    for (const [address, { client }] of this.#entries) {
      if (addresses.has(address)) continue;
      client[Symbol.dispose]();
      this.#entries.delete(address);
    }
    this.#scores.retain([...addresses]);
  }

  /** A certificate that cannot be read at the moment, since it is being renewed, costs no more than new connections. */
  #followOn(): void {
    try {
      this.#follow();
    } catch (error) {
      this.#options.log.error({ err: error }, 'new orchestrators cannot be dialled');
    }
  }

  /** @throws Error of the system when a certificate cannot be read. */
  #dial(endpoint: Endpoint): OrchestratorClient {
    const { tls, onCallEnded } = this.#options;
    return new OrchestratorClient(endpoint, tls, onCallEnded);
  }

  async #refreshAll(): Promise<void> {
    this.#followOn();
    await Promise.all([...this.#entries].map(([address, entry]) => this.#refresh(address, entry)));
    const { known, usable } = this.standing;
    this.#options.metrics.orchestrators(known, known - usable);
  }

  async #refresh(address: string, entry: Entry): Promise<void> {
    const askedAtMs = performance.now();
    try {
      const offer = await entry.client.offer();
      if (entry.offer === undefined) this.#options.log.info({ orchestrator: address }, 'orchestrator answers');
      entry.offer = offer;
      entry.failures = 0;
      this.#scores.answered(address, performance.now() - askedAtMs);
    } catch (error) {
      if (entry.failures === 0)
        this.#options.log.warn({ orchestrator: address, err: error }, 'orchestrator does not answer');
      entry.offer = undefined;
      entry.failures += 1;
      if (entry.failures % redialAfterFailures === 0) this.#redial(address, entry);
    }
  }

  #redial(address: string, entry: Entry): void {
    const endpoint = parseEndpoint(address);
    if (endpoint === undefined || this.#entries.get(address) !== entry) return;
    try {
      const client = this.#dial(endpoint);
      entry.client[Symbol.dispose]();
      entry.client = client;
    } catch (error) {
      this.#options.log.error({ orchestrator: address, err: error }, 'an orchestrator cannot be dialled anew');
    }
  }
}
