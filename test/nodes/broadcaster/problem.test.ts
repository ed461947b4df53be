import { expect, test } from 'vitest';

import { Problem } from '../../../src/nodes/broadcaster/problem.js';

test('A problem is told as RFC 9457 has it, with the field at fault.', () => {
  const problem = new Problem('configuration-invalid', 'duration should be a number.', { field: 'duration' });

  expect(JSON.parse(problem.toBody())).toEqual({
    type: 'urn:millrace:problem:configuration-invalid',
    title: 'The transcoding configuration is not valid',
    status: 400,
    detail: 'duration should be a number.',
    code: 'configuration-invalid',
    field: 'duration',
  });
});

test('A problem does not tell its cause, nor a field that there is not.', () => {
  const problem = new Problem('auth-webhook-failed', 'It cannot be reached.', { cause: new Error('s3cret') });

  expect(problem.toBody()).not.toContain('s3cret');
  expect(problem.toJSON()).not.toHaveProperty('field');
  expect(problem.cause).toBeInstanceOf(Error);
});

test.each([
  ['path-invalid', 400],
  ['unauthorized', 401],
  ['forbidden', 403],
  ['job-running', 409],
  ['codec-unsupported', 422],
  ['orchestrators-failed', 502],
  ['no-orchestrator', 503],
  ['timed-out', 504],
] as const)('The problem %s has the status %i.', (code, status) => {
  expect(new Problem(code, 'It is so.').status).toBe(status);
});
