// Takes the lock named on the command line, and writes to the other file when it is in and when it goes out again; with
// `forever` it stays in.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { FileLock } from '../../scripts/deps/file-lock.mjs';

const [path, journal, stay] = process.argv.slice(2);
const lock = await FileLock.acquire(path, () => console.log('waiting'));
appendFileSync(journal, 'in\n');
console.log('in');
await sleep(stay === 'forever' ? 1e9 : 50);
appendFileSync(journal, 'out\n');
await lock.release();
