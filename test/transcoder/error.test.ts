import { expect, test } from 'vitest';

import { TranscodeError } from '../../src/index.js';

test('A TranscodeError is an Error with a code, a stage and a cause', () => {
  const cause = new Error('ECONNREFUSED');
  const error = new TranscodeError('Nobody listens there.', {
    code: 'CONNECTION_REFUSED',
    stage: 'source',
    url: 'https://media.example/a.ts',
    retryable: true,
    cause,
  });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'TranscodeError',
    message: 'Nobody listens there.',
    code: 'CONNECTION_REFUSED',
    stage: 'source',
    url: 'https://media.example/a.ts',
    retryable: true,
    cause,
  });
});

test('What is not known is not there', () => {
  const error = new TranscodeError('Why.', { code: 'INTERNAL', stage: 'job' });
  expect(error.retryable).toBe(false);
  for (const key of ['url', 'httpStatus', 'result', 'cause']) expect(error).not.toHaveProperty(key);
});
