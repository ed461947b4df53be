// A thousand transcoders, or as many as one likes, that only their orchestrator takes for real.
// Run by the parts `assignments` and `memory`: ORCHESTRATOR-ADDRESS COUNT, and the secret as MILLRACE_ORCH_SECRET
import { SimulatedTranscoder } from './simulated-transcoder.js';

// So that none waits for its connection for longer than its keepalive allows.
const atATime = 50;

const [address = '', count = '0'] = process.argv.slice(2);
const secret = process.env['MILLRACE_ORCH_SECRET'] ?? '';
for (let from = 0; from < Number(count); from += atATime) {
  const size = Math.min(atATime, Number(count) - from);
  const batch = Array.from({ length: size }, (_, index) => {
    const transcoder = new SimulatedTranscoder(`simulated-${from + index}`, address, secret);
    return transcoder.welcomed;
  });
  await Promise.all(batch);
}
process.once('disconnect', () => process.exit());
process.send?.('connected');
