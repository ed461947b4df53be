import { readableFile, secret } from './files.js';
import type { GivenSettings } from './given-settings.js';
import { isLoopback } from '../../rpc/loopback.js';
import type { OrchestratorConfig } from './node-config.js';
import { optional } from './optional.js';
import type { Role } from './settings.js';
import { certificate } from './tls.js';
import {
  amount,
  dayMs,
  keepingDays,
  ledgerFile,
  listenAddress,
  price,
  secondsAsMs,
  sessions,
  wallet,
} from './values.js';

/** @param roles all that the process has */
export function readOrchestrator(settings: GivenSettings, roles: readonly Role[]): OrchestratorConfig {
  const hasTranscoder = roles.includes('transcoder');
  const hasClient = hasTranscoder || roles.includes('broadcaster');
  const serviceAddr = settings.value('service-addr', listenAddress) ?? { host: '127.0.0.1', port: 8935 };
  const hasTls = settings.has('tls-cert') || settings.has('tls-key');
  if (!isLoopback(serviceAddr.host) && !hasTls)
    settings.fault(
      'service-addr',
      `is open to other machines (${serviceAddr.host}): give --tls-cert and --tls-key too`,
    );
  if (settings.has('client-ca') && !hasTls) settings.fault('client-ca', 'needs --tls-cert and --tls-key');
  if (settings.has('client-ca') && hasClient && !settings.has('client-cert'))
    settings.fault('client-ca', 'asks for certificates in this process too: give --client-cert and --client-key');
  if (!hasTranscoder && !settings.has('orch-secret') && !settings.has('client-ca'))
    settings.missing(
      'An orchestrator has to know its transcoders: give --orch-secret or --client-ca, or --transcoder for one in the same process.',
    );
  if (settings.has('keep-receipts') && !settings.has('ledger') && !settings.has('eth-url'))
    settings.fault('keep-receipts', 'goes with --ledger or --eth-url');
  return {
    serviceAddr,
    ...optional('secret', settings.value('orch-secret', secret)),
    ...optional('tls', certificate(settings, 'tls-cert', 'tls-key')),
    ...optional('clientCaFile', settings.value('client-ca', readableFile)),
    price: settings.value('price', price) ?? { wei: 0, pixels: 1 },
    ...optional('broadcasters', settings.has('broadcasters') ? settings.items('broadcasters', wallet) : undefined),
    maxSessions: settings.value('max-sessions', sessions) ?? 'auto',
    stallTimeoutMs: settings.value('stall-timeout', secondsAsMs(0.5, 60)) ?? 1500,
    tickets: {
      ...optional('ticketValueWei', settings.value('ticket-value', amount)),
      ...optional('maxFaceValueWei', settings.value('max-face-value', amount)),
      ...optional('redeemGas', settings.value('redeem-gas', amount)),
    },
    ...optional('ledger', settings.value('ledger', ledgerFile)),
    keepReceiptsMs: settings.value('keep-receipts', keepingDays) ?? 90 * dayMs,
  };
}
