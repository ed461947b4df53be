import { JobVerification, type JobVerificationOptions } from './job-verification.js';
import { VerificationQueue } from './verification-queue.js';
import { VerificationRecord } from './verification-record.js';
import type { Verifier } from './verifier.js';
import { WindowSampler } from './window-sampler.js';

/** Of so many jobs, the last ones, the verifications are remembered. */
export const mostJobs = 1000;
const mostWaiting = 32;

/** The verification of a broadcaster's jobs: what is drawn, the process that looks, and what came of it. */
export class Verifications implements AsyncDisposable {
  readonly #sampler: WindowSampler;
  readonly #queue = new VerificationQueue(mostWaiting);
  readonly #verifier: Verifier;
  /** By segment; of one that was repeated, the last. */
  readonly #records = new Map<string, VerificationRecord>();

  /**
   * @param rate the share of windows that is looked at, 0 to 1
   * @param verifier the process that looks; it is ended with this
   */
  constructor(rate: number, verifier: Verifier) {
    this.#sampler = new WindowSampler(rate);
    this.#verifier = verifier;
  }

  /** Begins with a job. Nothing: none of its windows is ever looked at. */
  job(
    segment: string,
    options: Omit<JobVerificationOptions, 'record' | 'sampler' | 'queue' | 'verifier'>,
  ): JobVerification | undefined {
    const record = new VerificationRecord();
    this.#records.delete(segment);
    this.#records.set(segment, record);
    const [oldest] = this.#records.keys();
    if (this.#records.size > mostJobs && oldest !== undefined) this.#records.delete(oldest);
    if (this.#sampler.isOff) return undefined;
    return new JobVerification({
      ...options,
      record,
      sampler: this.#sampler,
      queue: this.#queue,
      verifier: this.#verifier,
    });
  }

  /** What came of a segment's sample. Nothing: no such job is remembered. */
  of(segment: string): VerificationRecord | undefined {
    return this.#records.get(segment);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue[Symbol.asyncDispose]();
    await this.#verifier[Symbol.asyncDispose]();
  }
}
