/** When a device is taken out, and for how long. */
export interface HealthLimits {
  /** So many failures … */
  failures: number;
  /** … within this time take it out. */
  withinMs: number;
  /** For so long the first time; twice as long every time that it fails its trial. */
  firstRestMs: number;
  longestRestMs: number;
}

const usualLimits: HealthLimits = {
  failures: 3,
  withinMs: 5 * 60_000,
  firstRestMs: 60_000,
  longestRestMs: 30 * 60_000,
};

/** `due`: it was out for long enough, and the next job tries it. `on trial`: that job is at it. */
export type HealthState = 'in service' | 'out' | 'due' | 'on trial';

/**
 * Whether a device is fit for work. One that fails repeatedly is taken out for a while, then tried with a single job, and
 * is back in service when that works.
 */
export class DeviceHealth {
  readonly #now: () => number;
  readonly #limits: HealthLimits;
  #failedAtMs: number[] = [];
  #restMs: number;
  /** Absent: in service. */
  #outUntilMs: number | undefined;
  #returnedAtMs = -Infinity;
  #onTrial = false;

  /** @param now a clock in milliseconds that only goes forward */
  constructor(now: () => number, limits: HealthLimits = usualLimits) {
    this.#now = now;
    this.#limits = limits;
    this.#restMs = limits.firstRestMs;
  }

  get state(): HealthState {
    if (this.#outUntilMs === undefined) return 'in service';
    if (this.#onTrial) return 'on trial';
    return this.#now() < this.#outUntilMs ? 'out' : 'due';
  }

  /** Whether a job may be put on it. */
  get takesJobs(): boolean {
    return this.state === 'in service' || this.state === 'due';
  }

  /** How long it is out at a time, as things are. */
  get restMs(): number {
    return this.#restMs;
  }

  /** A job is put on it. @returns whether the job is its trial */
  began(): boolean {
    this.#onTrial ||= this.state === 'due';
    return this.state === 'on trial';
  }

  /** A job failed because of it. @returns whether that takes it out */
  failed(): boolean {
    const nowMs = this.#now();
    if (this.state === 'on trial') {
      this.#restMs = Math.min(this.#restMs * 2, this.#limits.longestRestMs);
      this.#takeOut(nowMs);
      return true;
    }
    // Those that were at it when it was taken out fail as well, most likely, and say nothing new.
    if (this.state !== 'in service') return false;
    const { failures, withinMs, firstRestMs, longestRestMs } = this.#limits;
    this.#failedAtMs = [...this.#failedAtMs.filter((atMs) => nowMs - atMs < withinMs), nowMs];
    if (this.#failedAtMs.length < failures) return false;
    const wasWellForLong = nowMs - this.#returnedAtMs >= longestRestMs;
    this.#restMs = wasWellForLong ? firstRestMs : Math.min(this.#restMs * 2, longestRestMs);
    this.#takeOut(nowMs);
    return true;
  }

  /** Its trial worked: it is back. */
  passedTrial(): void {
    if (!this.#onTrial) return;
    this.#onTrial = false;
    this.#outUntilMs = undefined;
    this.#returnedAtMs = this.#now();
    this.#failedAtMs = [];
  }

  /** Its trial ended without a word about the device: the next job is the trial. */
  leftTrial(): void {
    this.#onTrial = false;
  }

  #takeOut(nowMs: number): void {
    this.#onTrial = false;
    this.#failedAtMs = [];
    this.#outUntilMs = nowMs + this.#restMs;
  }
}
