// A worker that ends before it is ready, and writes down when it was started.
import { appendFileSync } from 'node:fs';

appendFileSync(process.env['MILLRACE_TEST_STARTS'] ?? '', `${performance.timeOrigin}\n`);
process.exit(1);
