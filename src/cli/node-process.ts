import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { MediaServerAdaptor } from '../media-server/adaptor.js';
import { DirectAdaptor } from '../media-server/direct.js';
import type { EmbeddedMediaServer } from '../media-server/embedded.js';
import { NginxRtmpAdaptor } from '../media-server/nginx-rtmp.js';
import { AuthWebhook } from '../nodes/broadcaster/auth-webhook.js';
import { Broadcaster } from '../nodes/broadcaster/broadcaster.js';
import type { OrchestratorSource } from '../nodes/broadcaster/discovery.js';
import { loadLadder, type Ladder } from '../nodes/broadcaster/ladder.js';
import { OrchestratorDirectory } from '../nodes/broadcaster/orchestrator-directory.js';
import { OrchestratorFile } from '../nodes/broadcaster/orchestrator-file.js';
import { OrchestratorWebhook } from '../nodes/broadcaster/orchestrator-webhook.js';
import { StaticOrchestrators } from '../nodes/broadcaster/static-orchestrators.js';
import { Orchestrator } from '../nodes/orchestrator/orchestrator.js';
import { addressPolicy } from '../nodes/address-policy.js';
import { TranscoderNode } from '../nodes/transcoder/transcoder-node.js';
import { BroadcasterMetrics } from '../observe/broadcaster-metrics.js';
import { GrpcMetrics } from '../observe/grpc-metrics.js';
import { createLog, type Log } from '../observe/log.js';
import { createRegistry } from '../observe/metrics.js';
import { OrchestratorMetrics } from '../observe/orchestrator-metrics.js';
import { StatusServer } from '../observe/status-server.js';
import { TranscoderMetrics } from '../observe/transcoder-metrics.js';
import type { OnCallEnded } from '../rpc/call-counting.js';
import { authorityOf, type Endpoint } from '../rpc/endpoint.js';
import { isLoopback } from '../rpc/loopback.js';
import type { ClientTls } from '../rpc/tls.js';
import { accelText } from '../transcoder/accel.js';
import { TranscodeError } from '../transcoder/error.js';
import type { Accel } from '../transcoder/options.js';

import { openEvidence } from './node-evidence.js';
import { openNodeKey } from './node-key.js';
import { domainOf, openPaymentDesk, openPurse, type Owned } from './node-payment.js';
import type { BroadcasterConfig, NodeConfig, OrchestratorConfig, TranscoderConfig } from './node-config/node-config.js';
import { UsageError } from './usage-error.js';

type Registry = ReturnType<typeof createRegistry>;

// For roles that have no setting of their own.
const defaultDrainTimeoutMs = 30_000;

/** One process of the daemon, with one role or several. */
export class Node implements AsyncDisposable {
  readonly #config: NodeConfig;
  readonly #log: Log;
  readonly #registry: Registry;
  readonly #onCallEnded: OnCallEnded;
  #mediaServer: EmbeddedMediaServer | undefined;
  #status: StatusServer | undefined;
  #orchestrator: Orchestrator | undefined;
  #transcoder: TranscoderNode | undefined;
  #broadcaster: Broadcaster | undefined;
  /** What is behind payment and evidence, and ends after the roles. */
  readonly #owned: Owned = [];

  private constructor(config: NodeConfig, version: string) {
    this.#config = config;
    this.#log = createLog({ level: config.logLevel, name: config.name });
    const roles = (['broadcaster', 'orchestrator', 'transcoder'] as const).filter((role) => config[role] !== undefined);
    this.#registry = createRegistry({ version, roles });
    const calls = new GrpcMetrics(this.#registry);
    this.#onCallEnded = (path, code) => {
      calls.call(path, code);
    };
  }

  /**
   * Starts every role, the orchestrator first, and resolves when all of them work.
   *
   * @throws Error when one cannot start; nothing is left behind then.
   */
  static async start(config: NodeConfig, signal: AbortSignal): Promise<Node> {
    const version = versionOf();
    const node = new Node(config, version);
    try {
      await node.#start(version, signal);
      node.#log.info('ready');
      return node;
    } catch (error) {
      await node[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Takes no more work, and resolves when what is running has ended, was handed over, or has had its time. */
  async drain(): Promise<void> {
    this.#log.info('draining');
    const timeoutMs = this.#config.transcoder?.drainTimeoutMs ?? defaultDrainTimeoutMs;
    await Promise.all([
      this.#broadcaster?.drain(timeoutMs),
      this.#orchestrator?.drain(timeoutMs),
      this.#transcoder?.drain(timeoutMs),
    ]);
  }

  /** Breaks everything off. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broadcaster?.[Symbol.asyncDispose]();
    await this.#mediaServer?.[Symbol.asyncDispose]();
    await this.#transcoder?.[Symbol.asyncDispose]();
    await this.#orchestrator?.[Symbol.asyncDispose]();
    for (const end of this.#owned.splice(0).reverse()) await end();
    await this.#status?.[Symbol.asyncDispose]();
    this.#log.info('stopped');
  }

  async #start(version: string, signal: AbortSignal): Promise<void> {
    const { statusAddr, orchestrator, transcoder, broadcaster } = this.#config;
    this.#status = await started(
      '--status-addr',
      statusAddr,
      StatusServer.start({
        ...statusAddr,
        registry: this.#registry,
        ready: () => this.#readiness(),
        log: this.#log,
      }),
    );
    // What the two roles of one process prove themselves to each other with.
    const secret = orchestrator?.secret ?? randomUUID();
    if (orchestrator) await this.#startOrchestrator(orchestrator, secret);
    if (transcoder) await this.#startTranscoder(transcoder, { version, secret, signal });
    if (broadcaster) await this.#startBroadcaster(broadcaster);
  }

  async #startOrchestrator(config: OrchestratorConfig, secret: string): Promise<void> {
    const log = this.#log.child({ role: 'orchestrator' });
    const { tls, clientCaFile } = config;
    const signer = await openNodeKey('orchestrator', this.#config.keystore);
    const role = { signer, log, registry: this.#registry };
    const payment = await openPaymentDesk(this.#config, config, role, this.#owned);
    this.#orchestrator = await started(
      '--service-addr',
      config.serviceAddr,
      Orchestrator.start({
        endpoint: config.serviceAddr,
        ...(tls && {
          tls: {
            certificateFile: tls.certFile,
            keyFile: tls.keyFile,
            ...(clientCaFile !== undefined && { clientCaFile }),
          },
        }),
        ...((config.secret !== undefined || clientCaFile === undefined) && { secret }),
        price: config.price,
        ...(config.broadcasters && { broadcasters: config.broadcasters }),
        signer,
        domain: domainOf(this.#config),
        ...payment,
        maxSessions: config.maxSessions,
        stallTimeoutMs: config.stallTimeoutMs,
        log,
        metrics: new OrchestratorMetrics(this.#registry),
        onCallEnded: this.#onCallEnded,
      }),
    );
    log.info({ address: authorityOf(this.#orchestrator.endpoint), key: signer.checksumAddress }, 'listens');
  }

  async #startTranscoder(
    config: TranscoderConfig,
    { version, secret, signal }: { version: string; secret: string; signal: AbortSignal },
  ): Promise<void> {
    const orchestrator = this.#ownOrchestrator ?? config.orchestratorAddr;
    if (orchestrator === undefined) throw new Error('unreachable: the configuration names an orchestrator');
    const own = this.#ownOrchestrator !== undefined;
    this.#transcoder = await TranscoderNode.start(
      {
        name: this.#config.name,
        version,
        orchestrator,
        tls: own ? this.#tlsToOwnOrchestrator : clientTls(config.orchestratorTls),
        secret: own ? secret : config.secret,
        media: {
          accel: accelOf(config.nvidia),
          network: addressPolicy({
            allowNetworks: config.allowNetworks,
            loopbackOnly: this.#isOnLoopbackOnly(orchestrator),
          }),
          ...(config.caFile !== undefined && { caFile: config.caFile }),
          playerHeadStartMs: config.playerHeadStartMs,
        },
        maxSessions: config.maxSessions,
        pixelsPerSecond: config.pixelsPerSecond,
        warmWorkers: config.workersWarm,
        log: this.#log.child({ role: 'transcoder' }),
        metrics: new TranscoderMetrics(this.#registry),
        onCallEnded: this.#onCallEnded,
      },
      signal,
    );
  }

  async #startBroadcaster(config: BroadcasterConfig): Promise<void> {
    const log = this.#log.child({ role: 'broadcaster' });
    const warn = (sentence: string): void => {
      log.warn(sentence);
    };
    const metrics = new BroadcasterMetrics(this.#registry);
    const ladder = ladderOf(config);
    const signer = await openNodeKey('broadcaster', this.#config.keystore);
    const role = { signer, log, registry: this.#registry };
    const archive = openEvidence(this.#config, config, log, this.#owned);
    const purse = await openPurse(this.#config, config, role, this.#owned);
    const directory = await OrchestratorDirectory.open({
      sources: this.#orchestratorSources(config, warn),
      tls: this.#knowsOnlyOwnOrchestrator(config) ? this.#tlsToOwnOrchestrator : clientTls(config.orchestratorTls),
      selection: { exploration: config.exploration, random: Math.random },
      log,
      metrics,
      onCallEnded: this.#onCallEnded,
    });
    try {
      const { httpTls, authWebhookUrl, maxPrice } = config;
      this.#broadcaster = await started(
        '--http-addr',
        config.httpAddr,
        Broadcaster.start({
          endpoint: config.httpAddr,
          ...(httpTls && { tls: { certificateFile: httpTls.certFile, keyFile: httpTls.keyFile } }),
          directory,
          adaptor: await this.#openAdaptor(config.mediaServer, log),
          ...(authWebhookUrl !== undefined && { authWebhook: new AuthWebhook({ url: authWebhookUrl }) }),
          ladder,
          maxPrice,
          maxAttempts: config.maxAttempts,
          trust: { domain: domainOf(this.#config), signer, windowMs: config.receiptWindowMs },
          archive,
          verifyRate: config.verifyRate,
          mediaCaFile: config.caFile,
          purse,
          log,
          metrics,
        }),
      );
    } catch (error) {
      await directory[Symbol.asyncDispose]();
      throw error;
    }
    log.info({ address: authorityOf(this.#broadcaster.endpoint), key: signer.checksumAddress }, 'listens');
    if (config.httpTls === undefined && !isLoopback(config.httpAddr.host))
      log.warn(
        'Notifications come in without TLS, and from other machines: --http-tls-cert and --http-tls-key add it.',
      );
  }

  async #openAdaptor(config: BroadcasterConfig['mediaServer'], log: Log): Promise<MediaServerAdaptor> {
    const onWarning = (sentence: string): void => {
      log.warn(sentence);
    };
    switch (config.kind) {
      case 'direct':
        return new DirectAdaptor();
      case 'nginx-rtmp':
        return new NginxRtmpAdaptor({ controlUrl: config.controlUrl, onWarning });
      case 'embedded': {
        const { EmbeddedMediaServer } = await import('../media-server/embedded.js');
        const { EmbeddedAdaptor } = await import('../media-server/embedded-adaptor.js');
        const { rtmpAddr, httpAddr } = config;
        const ports = { rtmpPort: rtmpAddr.port, httpPort: httpAddr.port };
        const server = await started(
          '--rtmp-addr',
          rtmpAddr,
          EmbeddedMediaServer.start({ host: rtmpAddr.host, ...ports }),
        );
        this.#mediaServer = server;
        log.info({ rtmp: server.rtmpUrl, http: server.httpUrl }, 'media server listens');
        return new EmbeddedAdaptor(server, { onWarning });
      }
    }
  }

  #orchestratorSources(
    { orchestrators: { addresses, file, webhookUrl } }: BroadcasterConfig,
    onWarning: (sentence: string) => void,
  ): OrchestratorSource[] {
    const own = this.#ownOrchestrator;
    const known = [...(own ? [own] : []), ...addresses].map(authorityOf);
    return [
      ...(known.length > 0 ? [new StaticOrchestrators(known)] : []),
      ...(file !== undefined ? [new OrchestratorFile({ path: file, onWarning })] : []),
      ...(webhookUrl !== undefined ? [new OrchestratorWebhook({ url: webhookUrl, onWarning })] : []),
    ];
  }

  /** Where the roles of this process reach its orchestrator. */
  get #ownOrchestrator(): Endpoint | undefined {
    const endpoint = this.#orchestrator?.endpoint;
    if (endpoint === undefined) return undefined;
    const host = endpoint.host === '0.0.0.0' ? '127.0.0.1' : endpoint.host === '::' ? '::1' : endpoint.host;
    return { ...endpoint, host };
  }

  #knowsOnlyOwnOrchestrator({ orchestrators: { addresses, file, webhookUrl } }: BroadcasterConfig): boolean {
    return addresses.length === 0 && file === undefined && webhookUrl === undefined;
  }

  /** It is this process's own certificate, which need not name the loopback address. */
  get #tlsToOwnOrchestrator(): ClientTls {
    const { orchestrator, transcoder, broadcaster } = this.#config;
    if (orchestrator?.tls === undefined) return {};
    const own = transcoder?.orchestratorTls ?? broadcaster?.orchestratorTls ?? noTls;
    return { ...clientTls(own), always: true, insecure: true };
  }

  /** Whether nothing that this node serves or dials leaves the machine: then loopback sources are what it is for. */
  #isOnLoopbackOnly(orchestrator: Endpoint): boolean {
    const { statusAddr, broadcaster, orchestrator: service } = this.#config;
    const media = broadcaster?.mediaServer.kind === 'embedded' ? broadcaster.mediaServer.rtmpAddr : undefined;
    const listeners = [statusAddr, broadcaster?.httpAddr, service?.serviceAddr, media];
    const hosts = [orchestrator.host, ...listeners.map((listener) => listener?.host)];
    return hosts.every((host) => host === undefined || isLoopback(host));
  }

  #readiness(): { ready: boolean; reasons: string[] } {
    const roles = [this.#orchestrator, this.#transcoder, this.#broadcaster].filter((role) => role !== undefined);
    const reasons = roles.flatMap((role) => role.readiness().reasons);
    if (roles.length === 0) reasons.push('The node is starting.');
    return { ready: reasons.length === 0, reasons };
  }
}

/** What starts a server, with a sentence for an operator when it cannot. */
async function started<T>(flag: string, endpoint: Endpoint, starting: Promise<T>): Promise<T> {
  try {
    return await starting;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    if (/EADDRINUSE|EACCES|EADDRNOTAVAIL|No address added/.test(words))
      throw new Error(
        `${flag}: ${authorityOf(endpoint)} cannot be listened on. Another program may have it, or it is not of this machine.`,
        { cause: error },
      );
    if (/PEM|x509|key values/i.test(words))
      throw new UsageError(`The certificate and the key beside ${flag} are no PEM files that belong together.`, {
        cause: error,
      });
    throw error;
  }
}

function ladderOf({ transcodingOptions }: BroadcasterConfig): Ladder {
  try {
    return loadLadder(transcodingOptions);
  } catch (error) {
    if (!(error instanceof TranscodeError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

function clientTls({ always, caFile, insecure, identity }: BroadcasterConfig['orchestratorTls']): ClientTls {
  return {
    always,
    insecure,
    ...(caFile !== undefined && { caFile }),
    ...(identity && { identity: { certificateFile: identity.certFile, keyFile: identity.keyFile } }),
  };
}

const noTls = { always: false, insecure: false };

function accelOf(nvidia: TranscoderConfig['nvidia']): Accel {
  if (nvidia === undefined) return 'auto';
  return accelText({ kind: 'nvidia', devices: nvidia === 'all' ? [] : [...nvidia] });
}

function versionOf(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}
