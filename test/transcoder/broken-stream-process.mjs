// Transcodes the file named on the command line, and listens to nothing.
import { Writable } from 'node:stream';

import { Transcoder } from '../../dist/index.js';

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
await new Transcoder({
  input: process.argv[2],
  renditions: [
    { profile: { width: 160, height: 90, bitrate: 100_000 }, output: { stream: nowhere, format: 'mpegts' } },
  ],
}).run();
