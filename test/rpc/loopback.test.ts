import { expect, test } from 'vitest';

import { isLoopback } from '../../src/rpc/loopback.js';

test.each(['localhost', '127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1'])('%s is this machine.', (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(['', '0.0.0.0', '::', '128.0.0.1', '10.0.0.1', '::2', 'localhost.example', 'example', '127.0.0.1.example'])(
  '%j may be anywhere.',
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);
