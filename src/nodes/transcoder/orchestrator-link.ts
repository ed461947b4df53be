import { status, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';

import type { Log } from '../../observe/log.js';
import type { AttemptEventBody, AttemptKey } from '../../rpc/attempt-event.js';
import { authorization } from '../../rpc/authorization.js';
import { countingInterceptor, type OnCallEnded } from '../../rpc/call-counting.js';
import { channelOptions } from '../../rpc/channel-options.js';
import { authorityOf, type Endpoint } from '../../rpc/endpoint.js';
import {
  TranscoderServiceClient,
  type ConnectRequest,
  type ConnectResponse,
} from '../../rpc/generated/millrace/v1/transcoder.js';
import { welcome as welcomeSchema, type Hello, type Welcome } from '../../rpc/hello.js';
import { order as orderSchema, type ValidOrder } from '../../rpc/order.js';
import { clientCredentials, type ClientTls } from '../../rpc/tls.js';
import { WireFault, checked } from '../../rpc/wire-fault.js';

/** What comes over the link. */
export interface LinkListener {
  /** What the transcoder says of itself; asked at every connection. */
  hello(): Hello;
  /** Whether anything is running. One with nothing to do needs no lease, and says nothing. */
  isAtWork(): boolean;
  onWelcome(welcome: Welcome): void;
  onOrder(order: ValidOrder): void;
  onRevoke(attempt: AttemptKey, finish: boolean): void;
  /** Nothing was heard of the orchestrator for the lease: it has replaced this transcoder. */
  onLeaseLost(): void;
  onConnected(isConnected: boolean): void;
}

export interface OrchestratorLinkOptions {
  endpoint: Endpoint;
  tls: ClientTls;
  secret?: string | undefined;
  log: Log;
  /** Default: nobody hears. */
  onCallEnded?: OnCallEnded | undefined;
  /** Between 0 and 1. */
  random?: () => number;
}

type Call = ClientDuplexStream<ConnectRequest, ConnectResponse>;
type Request = NonNullable<ConnectRequest['request']>;

const firstBackoffMs = 50;
const longestBackoffMs = 10_000;
const lastingMs = 1000;
const watchEveryMs = 50;
const welcomeTimeoutMs = 5000;

/**
 * A transcoder's connection to its orchestrator, made again whenever it breaks: at once if it had lasted, and then after waits
 * that double and vary, for ever. What must not be lost is said after the next welcome.
 */
export class OrchestratorLink implements Disposable {
  readonly #options: OrchestratorLinkOptions;
  readonly #listener: LinkListener;
  #client: TranscoderServiceClient;
  readonly #watch: NodeJS.Timeout;
  #call: Call | undefined;
  /** The one before, while a new one is not yet welcome. */
  #former: Call | undefined;
  #terms: Welcome | undefined;
  /** Something else is to be said than was at the last connection. */
  #helloIsOld = false;
  /** Said while nobody listened. */
  #unsaid: Request[] = [];
  #heardAtMs = performance.now();
  #saidAtMs = 0;
  #dialledAtMs = 0;
  #welcomedAtMs = 0;
  #leaseHeld = true;
  /** Dials in a row that led to no connection, or to none that lasted. */
  #failures = 0;
  /** Connections in a row that did not last. */
  #brief = 0;
  #progressMs = 250;
  #leaseMs = 1500;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  /** @throws Error of the system when a certificate cannot be read. */
  constructor(options: OrchestratorLinkOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
    this.#client = clientOf(options);
    this.#watch = setInterval(() => {
      this.#look();
    }, watchEveryMs);
    this.#connect();
  }

  get isConnected(): boolean {
    return this.#terms !== undefined;
  }

  /** What the orchestrator asked for at the last connection. */
  get progressMs(): number {
    return this.#progressMs;
  }

  /** How long the orchestrator may go unheard while anything is running. */
  get leaseMs(): number {
    return this.#leaseMs;
  }

  accept({ jobId, attempt }: AttemptKey): void {
    this.#say({ $case: 'accepted', value: { jobId, attempt } });
  }

  refuse({ jobId, attempt }: AttemptKey, code: string, message: string): void {
    this.#say({ $case: 'refused', value: { jobId, attempt, code, message } });
  }

  event({ jobId, attempt }: AttemptKey, event: AttemptEventBody): void {
    this.#say({ $case: 'event', value: { jobId, attempt, event } });
  }

  draining(): void {
    this.#say({ $case: 'draining', value: {} });
  }

  /**
   * Says hello anew, as what it says has changed: over a new call, and the old one is listened to until that is welcome.
   * Without a connection the next one begins with it.
   */
  renew(): void {
    this.#helloIsOld = true;
    if (this.#closed || this.#terms === undefined) return;
    this.#former = this.#call;
    this.#terms = undefined;
    this.#connect();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    this.#former?.end();
    this.#call?.end();
    this.#client.close();
  }

  #connect(): void {
    if (this.#closed) return;
    const call: Call = this.#client.connect(authorization(this.#options.secret));
    this.#call = call;
    this.#dialledAtMs = performance.now();
    call.on('data', (message: ConnectResponse) => {
      if (this.#call === call || this.#former === call) this.#receive(message);
    });
    call.on('error', (error: ServiceError) => {
      this.#broke(call, error);
    });
    call.on('end', () => {
      this.#broke(call, undefined);
    });
    this.#helloIsOld = false;
    call.write({ request: { $case: 'hello', value: this.#listener.hello() } });
    this.#saidAtMs = performance.now();
  }

  #receive({ response }: ConnectResponse): void {
    this.#heardAtMs = performance.now();
    this.#leaseHeld = true;
    try {
      switch (response?.$case) {
        case 'welcome':
          this.#welcomed(checked(welcomeSchema, response.value));
          break;
        case 'order':
          this.#listener.onOrder(checked(orderSchema, response.value));
          break;
        case 'revoke':
          this.#listener.onRevoke(response.value, response.value.finish);
          break;
        case 'heartbeat':
        case undefined: // of a later version
      }
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      this.#options.log.warn({ err: error }, 'the orchestrator said what cannot be');
      this.#call?.cancel();
    }
  }

  #welcomed(welcome: Welcome): void {
    this.#former?.end();
    this.#former = undefined;
    this.#terms = welcome;
    this.#progressMs = welcome.progressMs;
    this.#leaseMs = welcome.leaseMs;
    this.#welcomedAtMs = performance.now();
    this.#options.log.info({ orchestrator: authorityOf(this.#options.endpoint) }, 'connected to the orchestrator');
    this.#listener.onConnected(true);
    this.#listener.onWelcome(welcome);
    for (const request of this.#unsaid.splice(0)) this.#say(request);
    if (this.#helloIsOld) this.renew();
  }

  #broke(call: Call, error: ServiceError | undefined): void {
    if (this.#former === call) this.#former = undefined;
    if (this.#call !== call) return;
    const wasConnected = this.#terms !== undefined;
    this.#former?.cancel();
    this.#former = undefined;
    this.#call = undefined;
    this.#terms = undefined;
    if (wasConnected) this.#listener.onConnected(false);
    if (this.#closed) return;
    const fields = { orchestrator: authorityOf(this.#options.endpoint), reason: error?.details };
    if (error?.code === status.UNAUTHENTICATED)
      this.#options.log.error(fields, 'the orchestrator does not accept the secret');
    else if (wasConnected || this.#failures === 0) this.#options.log.warn(fields, 'no connection to the orchestrator');
    // At once after a connection that worked; a network that hiccups costs nobody a job. One that breaks again and again
    // as soon as it is there does not.
    if (wasConnected) {
      this.#brief = performance.now() - this.#welcomedAtMs >= lastingMs ? 0 : this.#brief + 1;
      this.#failures = this.#brief;
    }
    const atOnce = wasConnected && this.#brief === 0;
    const { random = Math.random } = this.#options;
    const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** this.#failures) * (0.5 + random());
    this.#failures += 1;
    this.#retry = setTimeout(
      () => {
        this.#connect();
      },
      atOnce ? 0 : backoffMs,
    );
  }

  #say(request: Request): void {
    if (this.#call !== undefined && this.#terms !== undefined) {
      // Figures are worth nothing later; the orchestrator that reads slowly gets fewer of them.
      if (isProgress(request) && this.#call.writableNeedDrain) return;
      this.#call.write({ request });
      this.#saidAtMs = performance.now();
    } else if (!isProgress(request) && request.$case !== 'heartbeat') this.#unsaid.push(request);
  }

  #look(): void {
    const nowMs = performance.now();
    if (this.#call !== undefined && this.#terms === undefined && nowMs - this.#dialledAtMs >= welcomeTimeoutMs) {
      this.#dialledAtMs = nowMs;
      this.#renewClient();
      this.#call.cancel();
    }
    if (!this.#listener.isAtWork()) {
      this.#leaseHeld = true;
      return;
    }
    if (this.#terms !== undefined && nowMs - this.#saidAtMs >= this.#terms.heartbeatMs)
      this.#say({ $case: 'heartbeat', value: {} });
    if (!this.#leaseHeld || nowMs - this.#heardAtMs < this.#leaseMs) return;
    this.#leaseHeld = false;
    this.#unsaid = [];
    this.#listener.onLeaseLost();
  }

  /** When a peer took the connection and says nothing, gRPC would wait on it for ever, for this call and the next. */
  #renewClient(): void {
    try {
      const renewed = clientOf(this.#options);
      this.#client.close();
      this.#client = renewed;
    } catch (error) {
      // A certificate that is just being replaced is there the next time.
      this.#options.log.warn({ err: error }, 'cannot dial the orchestrator anew');
    }
  }
}

function clientOf({ endpoint, tls, onCallEnded }: OrchestratorLinkOptions): TranscoderServiceClient {
  return new TranscoderServiceClient(authorityOf(endpoint), clientCredentials(endpoint, tls), {
    ...channelOptions,
    interceptors: [countingInterceptor(onCallEnded)],
  });
}

function isProgress(request: Request): boolean {
  return request.$case === 'event' && request.value.event?.$case === 'progress';
}
