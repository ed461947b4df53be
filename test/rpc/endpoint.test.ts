import fc from 'fast-check';
import { expect, test } from 'vitest';

import { authorityOf, parseEndpoint } from '../../src/rpc/endpoint.js';

test.each([
  ['127.0.0.1:8935', { host: '127.0.0.1', port: 8935 }],
  ['[::1]:8935', { host: '::1', port: 8935 }],
  ['orchestrator.example:0', { host: 'orchestrator.example', port: 0 }],
  ['localhost:65535', { host: 'localhost', port: 65_535 }],
])('%s is an endpoint, and is written the same way.', (text, endpoint) => {
  expect(parseEndpoint(text)).toEqual(endpoint);
  expect(authorityOf(endpoint)).toBe(text);
});

test.each([
  '',
  'host',
  'host:',
  ':8935',
  'host:65536',
  'host:-1',
  '::1:8935',
  'http://host:1',
  'a b:1',
  'u@h:1',
  'h:1 ',
])('%j is none.', (text) => {
  expect(parseEndpoint(text)).toBeUndefined();
});

test('Every endpoint that is written can be read.', () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  fc.assert(
    fc.property(host, fc.nat(65_535), (name, port) => {
      const endpoint = { host: name, port };
      expect(parseEndpoint(authorityOf(endpoint))).toEqual(endpoint);
    }),
  );
});
