import { expect, test } from 'vitest';

import { absenceOf, type Absentees } from '../../../src/nodes/broadcaster/absence.js';

const nowMs = Date.parse('2026-01-01T13:00:00Z');

function absence(absentees: Partial<Absentees>) {
  return absenceOf({ known: 3, suspendedForMs: [], silent: 0, tooDear: 0, ...absentees }, nowMs);
}

test('Where nobody is known, nobody is to be asked.', () => {
  expect(absence({ known: 0 })).toEqual({ message: 'No orchestrator is known.' });
});

test('Where all are suspended, it is said until when, and when to ask again.', () => {
  expect(absence({ suspendedForMs: [3_600_000, 61_500, 90_000] })).toEqual({
    message: '3 of 3 orchestrators are suspended, until 13:01:01Z at the earliest: a verification failed.',
    retryAfterS: 62,
  });
});

test('Whoever does not answer may do so at any time, so that nobody knows when to ask again.', () => {
  expect(absence({ suspendedForMs: [60_000], silent: 1, tooDear: 1 })).toEqual({
    message:
      '1 of 3 orchestrators is suspended, until 13:01:00Z at the earliest: a verification failed. ' +
      '1 of 3 orchestrators does not answer. 1 of 3 orchestrators asks for more than is paid.',
  });
});
