/** What a node can be. */
export const roles = ['broadcaster', 'orchestrator', 'transcoder'] as const;

export type Role = (typeof roles)[number];

/** One thing that can be set: as `--orch-addr`, as `MILLRACE_ORCH_ADDR`, and in a file as `orchAddr` or `orch-addr`. */
export interface Setting {
  /** A switch is there or not; a list may be given several times, and separated by commas. */
  readonly type: 'switch' | 'text' | 'list';
  /** The roles it means something to. Absent: all. */
  readonly roles?: readonly Role[];
  /** Never shown. */
  readonly secret?: true;
}

/** Every setting by its flag's name. */
export const settings = {
  broadcaster: { type: 'switch' },
  orchestrator: { type: 'switch' },
  transcoder: { type: 'switch' },
  config: { type: 'text' },
  name: { type: 'text' },
  'log-level': { type: 'text' },
  'status-addr': { type: 'text' },

  'keystore-dir': { type: 'text', roles: ['broadcaster', 'orchestrator'] },
  'keystore-password': { type: 'text', roles: ['broadcaster', 'orchestrator'], secret: true },

  'eth-url': { type: 'text', roles: ['broadcaster', 'orchestrator'], secret: true },
  'eth-chain-id': { type: 'text', roles: ['broadcaster', 'orchestrator'] },
  'eth-controller': { type: 'text', roles: ['broadcaster', 'orchestrator'] },
  'eth-poll': { type: 'text', roles: ['broadcaster', 'orchestrator'] },
  'max-ticket-value': { type: 'text', roles: ['broadcaster'] },
  'max-payment-value': { type: 'text', roles: ['broadcaster'] },
  'ticket-value': { type: 'text', roles: ['orchestrator'] },
  'max-face-value': { type: 'text', roles: ['orchestrator'] },
  'redeem-gas': { type: 'text', roles: ['orchestrator'] },
  ledger: { type: 'text', roles: ['broadcaster', 'orchestrator'] },
  'keep-receipts': { type: 'text', roles: ['orchestrator'] },

  'http-addr': { type: 'text', roles: ['broadcaster'] },
  'http-tls-cert': { type: 'text', roles: ['broadcaster'] },
  'http-tls-key': { type: 'text', roles: ['broadcaster'] },
  'orch-file': { type: 'text', roles: ['broadcaster'] },
  'orch-webhook-url': { type: 'text', roles: ['broadcaster'], secret: true },
  'auth-webhook-url': { type: 'text', roles: ['broadcaster'], secret: true },
  'transcoding-options': { type: 'text', roles: ['broadcaster'] },
  'max-price': { type: 'text', roles: ['broadcaster'] },
  'max-attempts': { type: 'text', roles: ['broadcaster'] },
  'receipt-window': { type: 'text', roles: ['broadcaster'] },
  'verify-rate': { type: 'text', roles: ['broadcaster'] },
  exploration: { type: 'text', roles: ['broadcaster'] },
  'media-server': { type: 'text', roles: ['broadcaster'] },
  'nginx-control-url': { type: 'text', roles: ['broadcaster'], secret: true },
  'rtmp-addr': { type: 'text', roles: ['broadcaster'] },
  'media-http-addr': { type: 'text', roles: ['broadcaster'] },

  'service-addr': { type: 'text', roles: ['orchestrator'] },
  'tls-cert': { type: 'text', roles: ['orchestrator'] },
  'tls-key': { type: 'text', roles: ['orchestrator'] },
  'client-ca': { type: 'text', roles: ['orchestrator'] },
  price: { type: 'text', roles: ['orchestrator'] },
  broadcasters: { type: 'list', roles: ['orchestrator'] },
  'stall-timeout': { type: 'text', roles: ['orchestrator'] },

  'client-cert': { type: 'text', roles: ['broadcaster', 'transcoder'] },
  'client-key': { type: 'text', roles: ['broadcaster', 'transcoder'] },
  nvidia: { type: 'list', roles: ['transcoder'] },
  'pixels-per-second': { type: 'text', roles: ['transcoder'] },
  'workers-warm': { type: 'text', roles: ['transcoder'] },
  'allow-networks': { type: 'list', roles: ['transcoder'] },
  'ca-file': { type: 'text', roles: ['broadcaster', 'transcoder'] },
  'player-head-start': { type: 'text', roles: ['transcoder'] },
  'drain-timeout': { type: 'text', roles: ['transcoder'] },

  'orch-addr': { type: 'list', roles: ['broadcaster', 'transcoder'] },
  'orch-ca': { type: 'text', roles: ['broadcaster', 'transcoder'] },
  tls: { type: 'switch', roles: ['broadcaster', 'transcoder'] },
  insecure: { type: 'switch', roles: ['broadcaster', 'transcoder'] },
  'orch-secret': { type: 'text', roles: ['orchestrator', 'transcoder'], secret: true },
  'max-sessions': { type: 'text', roles: ['orchestrator', 'transcoder'] },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;

export const settingNames = Object.keys(settings) as SettingName[];

/** The same without the literal types, for code that treats all settings alike. */
export function settingOf(name: SettingName): Setting {
  return settings[name];
}

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name);
}

/** `MILLRACE_ORCH_ADDR` for `orch-addr`. */
export function variableOf(name: SettingName): string {
  return `MILLRACE_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** `orchAddr` for `orch-addr`. */
export function fileKeyOf(name: SettingName): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
