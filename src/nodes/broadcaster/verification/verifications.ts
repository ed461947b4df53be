import type { Verification } from './verification.js';
import { JobVerification, type JobVerificationOptions } from './job-verification.js';
import { VerificationQueue } from './verification-queue.js';
import type { Verifier } from './verifier.js';
import { WindowSampler } from './window-sampler.js';

// As many jobs as there is evidence of.
const mostJobs = 1000;
const mostWaiting = 32;
const mostOfOneJob = 10_000;

/** The verification of a broadcaster's jobs: what is drawn, the process that looks, and what came of it. */
export class Verifications implements AsyncDisposable {
  readonly #sampler: WindowSampler;
  readonly #queue = new VerificationQueue(mostWaiting);
  readonly #verifier: Verifier;
  /** By segment; of one that was repeated, the last. */
  readonly #records = new Map<string, Verification[]>();

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
    options: Omit<JobVerificationOptions, 'sampler' | 'queue' | 'verifier'>,
  ): JobVerification | undefined {
    const records: Verification[] = [];
    this.#records.delete(segment);
    this.#records.set(segment, records);
    const [oldest] = this.#records.keys();
    if (this.#records.size > mostJobs && oldest !== undefined) this.#records.delete(oldest);
    if (this.#sampler.isOff) return undefined;
    return new JobVerification({
      ...options,
      sampler: this.#sampler,
      queue: this.#queue,
      verifier: this.#verifier,
      onVerification: (verification, orchestrator) => {
        records.push(verification);
        if (records.length > mostOfOneJob) records.shift();
        options.onVerification(verification, orchestrator);
      },
    });
  }

  /** What was found of a segment's windows. Nothing: no such job is remembered. */
  of(segment: string): readonly Verification[] | undefined {
    return this.#records.get(segment);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue[Symbol.asyncDispose]();
    await this.#verifier[Symbol.asyncDispose]();
  }
}
