// Listens on a free port of the loopback, prints it, and never accepts a connection: once its short queue is full,
// whoever connects waits. Run by the part `abort`.
import { writeSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

const server = createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  writeSync(1, `${(server.address() as AddressInfo).port}\n`);
  // The event loop stands still from here on, so nothing is accepted.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
