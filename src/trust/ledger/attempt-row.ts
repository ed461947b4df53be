import type { LedgerAttempt, NamedAttempt } from './evidence-ledger.js';

/** The columns of an attempt's row, under the names that it is read by. */
export const attemptColumns = 'job_id AS jobId, attempt, ticket, attestation';

export const namedAttempts = `SELECT segment, ${attemptColumns} FROM evidence_attempts JOIN evidence_jobs USING (job_id)
  ORDER BY job_id, attempt`;

export function readAttempt(row: unknown): LedgerAttempt {
  const { jobId, attempt, ticket, attestation } = row as Omit<LedgerAttempt, 'attestation'> & {
    attestation: string | null;
  };
  return { jobId, attempt, ticket, ...(attestation !== null && { attestation }) };
}

export function readNamedAttempt(row: unknown): NamedAttempt {
  return { segment: (row as NamedAttempt).segment, ...readAttempt(row) };
}
