import { Writable } from 'node:stream';

import type { OutputOptions } from '../options.js';

/** An output that takes everything, and keeps nothing. */
export function nowhere(): OutputOptions {
  const stream = new Writable({
    write: (_bytes, _encoding, done) => {
      done();
    },
  });
  return { stream, format: 'mpegts' };
}
