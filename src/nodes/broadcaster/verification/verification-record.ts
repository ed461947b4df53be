import type { Verification } from './verification.js';

const mostVerifications = 10_000;

/** What came of the sample of one job's windows so far. */
export class VerificationRecord {
  /** The last ones. */
  readonly verifications: Verification[] = [];
  #waiting = 0;
  #dropped = 0;

  /** Windows that were drawn, and neither looked at nor given up yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Windows that were drawn, and not looked at. */
  get dropped(): number {
    return this.#dropped;
  }

  drew(windows: number): void {
    this.#waiting += windows;
  }

  /** So many that were drawn need no other look. */
  looked(windows: number): void {
    this.#waiting -= windows;
  }

  gaveUp(windows: number): void {
    this.#waiting -= windows;
    this.#dropped += windows;
  }

  found(verification: Verification): void {
    this.verifications.push(verification);
    if (this.verifications.length > mostVerifications) this.verifications.shift();
  }

  /** What `JSON.stringify` shows. */
  toJSON(): { verifications: readonly Verification[]; waiting: number; dropped: number } {
    return { verifications: this.verifications, waiting: this.#waiting, dropped: this.#dropped };
  }
}
