// `millrace node --transcoder` with workers that are done with every job at once.
// Run by the part `day`: NAME ORCHESTRATOR-ADDRESS, and the secret as MILLRACE_ORCH_SECRET
import { addressPolicy } from '../../nodes/address-policy.js';
import { TranscoderNode } from '../../nodes/transcoder/transcoder-node.js';
import { createLog } from '../../observe/log.js';
import { createRegistry } from '../../observe/metrics.js';
import { StatusServer } from '../../observe/status-server.js';
import { TranscoderMetrics } from '../../observe/transcoder-metrics.js';
import { entryPoint } from '../entry-point.js';
import { endpointOf } from './simulated-transcoder.js';

const [name = '', address = ''] = process.argv.slice(2);
const version = 'stub';
const log = createLog({ level: 'info', name });
const registry = createRegistry({ version, roles: ['transcoder'] });
await StatusServer.start({ host: '127.0.0.1', port: 0, registry, ready: () => ({ ready: true, reasons: [] }), log });
await TranscoderNode.start(
  {
    ...{ name, version, orchestrator: endpointOf(address), tls: {} },
    secret: process.env['MILLRACE_ORCH_SECRET'],
    media: {
      accel: 'none',
      network: addressPolicy({ allowNetworks: [], loopbackOnly: true }),
      playerHeadStartMs: 0,
    },
    ...{ maxSessions: 'auto', pixelsPerSecond: 1_000_000_000, warmWorkers: 1 },
    workerEntry: entryPoint('network/stub-worker-process'),
    log,
    metrics: new TranscoderMetrics(registry),
  },
  new AbortController().signal,
);
