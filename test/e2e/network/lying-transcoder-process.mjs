// `millrace node --transcoder` with workers that cheat, a double: LIE NAME ORCHESTRATOR-HOST ORCHESTRATOR-PORT, and the
// secret on its standard input.
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { addressPolicy } from '../../../dist/nodes/address-policy.js';
import { TranscoderNode } from '../../../dist/nodes/transcoder/transcoder-node.js';
import { createLog } from '../../../dist/observe/log.js';
import { createRegistry } from '../../../dist/observe/metrics.js';
import { TranscoderMetrics } from '../../../dist/observe/transcoder-metrics.js';

const [lie, name, host, port] = process.argv.slice(2);
const version = 'lying';
process.env['LYING_TRANSCODER_LIE'] = lie;
await TranscoderNode.start(
  {
    ...{ name, version, orchestrator: { host, port: Number(port) }, tls: {} },
    secret: await text(process.stdin),
    media: {
      accel: 'none',
      network: addressPolicy({ allowNetworks: [], loopbackOnly: true }),
      playerHeadStartMs: 300,
    },
    ...{ maxSessions: 'auto', pixelsPerSecond: 1_000_000_000, warmWorkers: 1 },
    workerEntry: fileURLToPath(new URL('lying-worker.mjs', import.meta.url)),
    log: createLog({ level: 'silent' }),
    metrics: new TranscoderMetrics(createRegistry({ version, roles: ['transcoder'] })),
  },
  new AbortController().signal,
);
