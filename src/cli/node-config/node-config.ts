import type { LogLevel } from '../../observe/log.js';

/** What `millrace node` is to be, checked. Files that are named here were readable when it was read. */
export interface NodeConfig {
  /** What its operator calls it, 1 to 64 characters. Default: the machine's host name. */
  readonly name: string;
  /** Default `info`. */
  readonly logLevel: LogLevel;
  readonly statusAddr: StatusAddress;
  readonly keystore: KeystoreConfig;
  /** Where payment is made and taken. Absent: nothing is owed. */
  readonly chain?: ChainConfig;
  /** At least one of the three roles is there. */
  readonly broadcaster?: BroadcasterConfig;
  readonly orchestrator?: OrchestratorConfig;
  readonly transcoder?: TranscoderConfig;
}

/** A host's name or address, IPv6 without brackets, and a TCP port; 0 where any free one will do. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface StatusAddress extends HostPort {
  /** The port is the default, and may be replaced by any free one. */
  readonly fallback: boolean;
}

/** Where the keys of broadcaster and orchestrator are. */
export interface KeystoreConfig {
  readonly dir: string;
  /** The password itself. Absent: in a file in the same directory, made with the key. */
  readonly password?: string;
}

/** A chain with Livepeer's contracts. */
export interface ChainConfig {
  /** Of one of its nodes. A secret: it may have a key in it. */
  readonly url: string;
  /** 1 to 2^53 - 1. */
  readonly chainId: number;
  /** 0x and 40 digits. */
  readonly controller: string;
  /** How often it is asked, 100 to 600,000. */
  readonly pollMs: number;
}

/** Wei for so many pixels; both are safe integers, `pixels` is not 0. */
export interface PixelPrice {
  readonly wei: number;
  readonly pixels: number;
}

/** A certificate and its key, as PEM files. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** How connections to orchestrators are secured. Without `always`, those to loopback addresses are not. */
export interface OrchestratorTls {
  /** TLS also to loopback addresses. Set by `--tls`, and by a client certificate, which would go unused otherwise. */
  readonly always: boolean;
  /** PEM with the authorities to trust instead of the system's. */
  readonly caFile?: string;
  /** Any certificate is accepted. */
  readonly insecure: boolean;
  /** What the node shows who it is with. Absent: orchestrators that ask for a certificate turn it away. */
  readonly identity?: CertificateFiles;
}

export interface BroadcasterConfig {
  readonly httpAddr: HostPort;
  /** Absent: plain HTTP. */
  readonly httpTls?: CertificateFiles;
  /** All empty: the orchestrator in this process. */
  readonly orchestrators: {
    readonly addresses: readonly HostPort[];
    readonly file?: string;
    readonly webhookUrl?: string;
  };
  readonly orchestratorTls: OrchestratorTls;
  readonly authWebhookUrl?: string;
  /** Names of presets separated by commas, or a JSON file with profiles; not looked into. */
  readonly transcodingOptions: string;
  /** Absent: any price. */
  readonly maxPrice?: PixelPrice;
  /** Of one job, 1 to 100. */
  readonly maxAttempts: number;
  /** How long the windows are that receipts are asked for, 100 to 60,000. */
  readonly receiptWindowMs: number;
  /** Share of windows, 0 to 1, whose media is fetched and compared with the source's. */
  readonly verifyRate: number;
  /** PEM with the authorities to trust for that media instead of the system's. */
  readonly caFile?: string;
  /** Share of jobs, 0 to 1, that go to an orchestrator at random. */
  readonly exploration: number;
  readonly mediaServer: MediaServerConfig;
  /** How much is put at stake, in wei; what is absent is Livepeer's default. */
  readonly limits: { readonly maxTicketValueWei?: bigint; readonly maxPaymentValueWei?: bigint };
  /** The file that tickets and receipts are kept in for good. Absent: beside the key, for a day. */
  readonly ledger?: string;
}

export type MediaServerConfig =
  /** Outputs go where the notification says. */
  | { readonly kind: 'direct' }
  | { readonly kind: 'nginx-rtmp'; readonly controlUrl: string }
  | { readonly kind: 'embedded'; readonly rtmpAddr: HostPort; readonly httpAddr: HostPort };

export interface OrchestratorConfig {
  readonly serviceAddr: HostPort;
  /** What transcoders prove themselves with. Absent: by client certificate, or only the one in this process. */
  readonly secret?: string;
  /** Absent: plain, on a loopback address. */
  readonly tls?: CertificateFiles;
  /** PEM with authorities: whoever connects needs a certificate of one of them, broadcasters too. Only with `tls`. */
  readonly clientCaFile?: string;
  readonly price: PixelPrice;
  /** Whose orders are taken, by their keys' addresses in lower case. Absent: anybody's. */
  readonly broadcasters?: readonly string[];
  /** Attempts at a time; `auto`: as many as the transcoders can do. */
  readonly maxSessions: number | 'auto';
  /** Silence after which a transcoder is given up, 500 to 60,000. */
  readonly stallTimeoutMs: number;
  /** What is asked of payment tickets, in wei and in gas; what is absent is Livepeer's default. */
  readonly tickets: {
    readonly ticketValueWei?: bigint;
    readonly maxFaceValueWei?: bigint;
    readonly redeemGas?: bigint;
  };
  /** The file that winners and receipts are kept in. Absent: beside the key with a chain, and none without. */
  readonly ledger?: string;
  /** How long receipts are kept in it, from a day on. */
  readonly keepReceiptsMs: number | 'forever';
}

export interface TranscoderConfig {
  /** Absent: the one in this process. */
  readonly orchestratorAddr?: HostPort;
  readonly orchestratorTls: OrchestratorTls;
  /** What it proves itself with. Absent: by client certificate, or in this process without. */
  readonly secret?: string;
  /** Absent: GPUs where there are any, else the CPU. */
  readonly nvidia?: 'all' | readonly number[];
  /** Attempts at a time; `auto`: as many as its pixels allow. */
  readonly maxSessions: number | 'auto';
  /** Absent: measured at the start. */
  readonly pixelsPerSecond?: number;
  /** Spare warm workers, 0 to 64. */
  readonly workersWarm: number;
  /** CIDR blocks that sources and outputs may lie in although they are private. */
  readonly allowNetworks: readonly string[];
  /** PEM with the authorities to trust for sources and outputs instead of the system's. */
  readonly caFile?: string;
  /** What players have to open an RTMP or SRT output before its pictures leave, 0 to 1000. */
  readonly playerHeadStartMs: number;
  /** How long running attempts may take to end once it stops, 0 to 86,400,000. */
  readonly drainTimeoutMs: number;
}
