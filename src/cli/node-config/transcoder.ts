import { readableFile, secret } from './files.js';
import type { GivenSettings } from './given-settings.js';
import type { HostPort, TranscoderConfig } from './node-config.js';
import { optional } from './optional.js';
import type { Role } from './settings.js';
import { orchestratorTls } from './tls.js';
import { gpus, networkBlock, peerAddress, secondsAsMs, sessions, wholeNumber } from './values.js';

/** @param roles all that the process has */
export function readTranscoder(settings: GivenSettings, roles: readonly Role[]): TranscoderConfig {
  const hasOrchestrator = roles.includes('orchestrator');
  const addr = hasOrchestrator ? undefined : orchestratorAddress(settings);
  if (hasOrchestrator) refuseWayToOrchestrator(settings, roles);
  if (!hasOrchestrator && !settings.has('orch-secret') && !settings.has('client-cert'))
    settings.missing('A transcoder has to prove itself: give --orch-secret, or --client-cert and --client-key.');
  return {
    ...optional('orchestratorAddr', addr),
    orchestratorTls: orchestratorTls(settings),
    ...optional('secret', settings.value('orch-secret', secret)),
    ...optional('nvidia', settings.value('nvidia', gpus)),
    maxSessions: settings.value('max-sessions', sessions) ?? 'auto',
    ...optional('pixelsPerSecond', settings.value('pixels-per-second', wholeNumber(1, 1e12))),
    workersWarm: settings.value('workers-warm', wholeNumber(0, 64)) ?? 1,
    allowNetworks: settings.items('allow-networks', networkBlock),
    ...optional('caFile', settings.value('ca-file', readableFile)),
    playerHeadStartMs: settings.value('player-head-start', secondsAsMs(0, 1)) ?? 300,
    drainTimeoutMs: settings.value('drain-timeout', secondsAsMs(0, 86_400)) ?? 30_000,
  };
}

/** The transcoder's is the orchestrator in this process; a broadcaster beside it may know others. */
function refuseWayToOrchestrator(settings: GivenSettings, roles: readonly Role[]): void {
  // An orchestrator that asks for certificates asks its own process as well.
  if (!settings.has('client-ca') && !roles.includes('broadcaster')) {
    for (const name of ['client-cert', 'client-key'] as const) refuseBesideOrchestrator(settings, name);
  }
  if (!roles.includes('broadcaster')) refuseBesideOrchestrator(settings, 'orch-addr');
}

function refuseBesideOrchestrator(settings: GivenSettings, name: 'client-cert' | 'client-key' | 'orch-addr'): void {
  if (settings.has(name))
    settings.fault(
      name,
      'is for a transcoder whose orchestrator is elsewhere, and this node has its own: leave it out',
    );
}

function orchestratorAddress(settings: GivenSettings): HostPort | undefined {
  if (!settings.has('orch-addr')) {
    settings.missing(
      'A transcoder needs its orchestrator: give --orch-addr, or --orchestrator for one in the same process.',
    );
    return undefined;
  }
  const [address, ...surplus] = settings.items('orch-addr', peerAddress);
  if (surplus.length > 0)
    settings.fault('orch-addr', `names ${surplus.length + 1} orchestrators, and a transcoder has exactly one`);
  return address;
}
