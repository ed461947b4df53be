// The meter in a process of its own, so that neither the benchmark nor a contender disturbs its clock.
// Run by Meter; its one argument is the source's path.
import { readFileSync } from 'node:fs';

import { MeterServer } from './meter-server.js';

const [path] = process.argv.slice(2);
if (path === undefined || process.send === undefined) throw new Error('The meter is started by the benchmark.');

const meter = new MeterServer(readFileSync(path));
process.once('message', () => {
  void meter.close().then(() => {
    process.send?.(meter.ladders, () => {
      process.disconnect();
    });
  });
});
// The benchmark was ended: so is its meter.
process.once('disconnect', () => {
  process.exit();
});
process.send(await meter.listen());
