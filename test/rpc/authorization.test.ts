import { Metadata } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { authorization, isAuthorized } from '../../src/rpc/authorization.js';

test('Whoever shows the secret is let in.', () => {
  expect(isAuthorized(authorization('hunter2'), 'hunter2')).toBe(true);
});

test.each(['', 'hunter', 'hunter22', 'Hunter2'])('Whoever shows %j instead is not.', (shown) => {
  expect(isAuthorized(authorization(shown), 'hunter2')).toBe(false);
});

test('Neither is whoever shows nothing.', () => {
  expect(isAuthorized(authorization(undefined), 'hunter2')).toBe(false);
  expect(isAuthorized(new Metadata(), '')).toBe(false);
});

test('Neither is whoever shows it in another way.', () => {
  const metadata = new Metadata();
  metadata.set('authorization', 'Basic hunter2');
  expect(isAuthorized(metadata, 'hunter2')).toBe(false);
});
