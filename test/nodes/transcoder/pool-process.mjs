// A node with one worker, whose process id it says when it is ready.
import { Registry } from 'prom-client';

import { WorkerPool } from '../../../dist/nodes/transcoder/worker-pool.js';
import { TranscoderMetrics } from '../../../dist/observe/transcoder-metrics.js';

const pool = new WorkerPool({ warm: 1, silenceLimitMs: 1500, metrics: new TranscoderMetrics(new Registry()) });
const worker = await pool.take();
process.stderr.write(`worker ${worker.pid}\n`);
