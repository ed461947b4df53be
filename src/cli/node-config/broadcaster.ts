import { defaultTranscodingOptions } from '../../nodes/broadcaster/ladder.js';

import { readableFile } from './files.js';
import type { GivenSettings } from './given-settings.js';
import type { BroadcasterConfig, MediaServerConfig } from './node-config.js';
import { optional } from './optional.js';
import { certificate, orchestratorTls } from './tls.js';
import {
  amount,
  anyText,
  httpUrl,
  ledgerFile,
  listenAddress,
  number,
  oneOf,
  peerAddress,
  price,
  secondsAsMs,
  wholeNumber,
} from './values.js';

/** @param hasOrchestrator whether there is one in the same process */
export function readBroadcaster(settings: GivenSettings, hasOrchestrator: boolean): BroadcasterConfig {
  const sources = ['orch-addr', 'orch-file', 'orch-webhook-url'] as const;
  if (!hasOrchestrator && !sources.some((name) => settings.has(name)))
    settings.missing('A broadcaster needs orchestrators: give --orch-addr, --orch-file or --orch-webhook-url.');
  return {
    httpAddr: settings.value('http-addr', listenAddress) ?? { host: '127.0.0.1', port: 9935 },
    ...optional('httpTls', certificate(settings, 'http-tls-cert', 'http-tls-key')),
    orchestrators: {
      addresses: settings.items('orch-addr', peerAddress),
      ...optional('file', settings.value('orch-file', readableFile)),
      ...optional('webhookUrl', settings.value('orch-webhook-url', httpUrl)),
    },
    orchestratorTls: orchestratorTls(settings),
    ...optional('authWebhookUrl', settings.value('auth-webhook-url', httpUrl)),
    transcodingOptions: settings.value('transcoding-options', anyText) ?? defaultTranscodingOptions,
    ...optional('maxPrice', settings.value('max-price', price)),
    maxAttempts: settings.value('max-attempts', wholeNumber(1, 100)) ?? 3,
    receiptWindowMs: settings.value('receipt-window', secondsAsMs(0.1, 60)) ?? 2000,
    verifyRate: settings.value('verify-rate', number(0, 1)) ?? 0.05,
    ...optional('caFile', settings.value('ca-file', readableFile)),
    exploration: settings.value('exploration', number(0, 1)) ?? 0.1,
    mediaServer: readMediaServer(settings),
    ...optional('ledger', settings.value('ledger', ledgerFile)),
    limits: {
      ...optional('maxTicketValueWei', settings.value('max-ticket-value', amount)),
      ...optional('maxPaymentValueWei', settings.value('max-payment-value', amount)),
    },
  };
}

/** What belongs to one kind is a fault with another. */
const kindOf = {
  'nginx-control-url': 'nginx-rtmp',
  'rtmp-addr': 'embedded',
  'media-http-addr': 'embedded',
} as const;

function readMediaServer(settings: GivenSettings): MediaServerConfig {
  const kind = settings.value('media-server', oneOf(['direct', 'nginx-rtmp', 'embedded'])) ?? 'direct';
  for (const name of ['nginx-control-url', 'rtmp-addr', 'media-http-addr'] as const) {
    if (settings.has(name) && kindOf[name] !== kind) settings.fault(name, `goes with --media-server ${kindOf[name]}`);
  }
  const controlUrl = settings.value('nginx-control-url', httpUrl);
  const rtmpAddr = settings.value('rtmp-addr', listenAddress) ?? { host: '127.0.0.1', port: 1935 };
  const httpAddr = settings.value('media-http-addr', listenAddress) ?? { host: '127.0.0.1', port: 8000 };
  if (kind === 'direct') return { kind };
  if (kind === 'embedded' && rtmpAddr.host !== httpAddr.host)
    settings.fault('media-http-addr', 'is on another host than --rtmp-addr, and the embedded server listens on one');
  if (kind === 'embedded') return { kind, rtmpAddr, httpAddr };
  if (!settings.has('nginx-control-url')) settings.fault('media-server', 'nginx-rtmp needs --nginx-control-url');
  return { kind, controlUrl: controlUrl ?? '' };
}
