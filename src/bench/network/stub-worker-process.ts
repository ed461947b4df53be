// A worker that is done with every job at once, for the part `day`; spoken to as the one that transcodes.
import type { WorkerReport, WorkerRequest } from '../../nodes/transcoder/worker-messages.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (request: WorkerRequest) => {
  if (request.type === 'run') say({ type: 'ended' });
});
setInterval(() => {
  say({ type: 'beat' });
}, 250);
say({ type: 'ready' });

function say(report: WorkerReport): void {
  if (process.connected) process.send?.(report);
}
