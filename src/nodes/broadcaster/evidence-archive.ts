import type { JobEvidence } from './job-evidence.js';

// Some minutes of a broadcaster with hundreds of streams; the ledger keeps what has to last.
const mostJobs = 1000;

/** What there is in writing about the jobs of late, by segment; of one that was repeated, the last. */
export class EvidenceArchive {
  readonly #jobs = new Map<string, JobEvidence>();

  add(segment: string, evidence: JobEvidence): void {
    this.#jobs.delete(segment);
    this.#jobs.set(segment, evidence);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > mostJobs && oldest !== undefined) this.#jobs.delete(oldest);
  }

  get(segment: string): JobEvidence | undefined {
    return this.#jobs.get(segment);
  }
}
