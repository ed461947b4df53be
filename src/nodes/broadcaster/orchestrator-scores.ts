/** How an {@link OrchestratorScores} judges. */
export interface OrchestratorScoresOptions {
  /** The time in milliseconds, from any beginning, never going back. Default: the process's clock. */
  now?: () => number;
  /** How long a penalty takes to become half of what it was, in milliseconds. Default 30,000. */
  halfLifeMs?: number;
  /** The longest that an orchestrator is suspended by a failure, in milliseconds. Default 600,000. */
  maxSuspensionMs?: number;
  /**
   * Failures so close to one that counted are the same event, since all jobs on an orchestrator fail together when it
   * does. In milliseconds. Default 2000.
   */
  sameEventMs?: number;
  /** How long one that was found to cheat gets no job at all, in milliseconds. Default 3,600,000. */
  distrustMs?: number;
}

interface Score {
  latencyMs: number | undefined;
  /** What the penalty was at `penaltyAtMs`; it decays from there. */
  penalty: number;
  penaltyAtMs: number;
  /** Failures, each an event, since the last success. */
  failures: number;
}

/** An orchestrator with a penalty of more than this is suspended. */
const suspendedAbove = 1;
/** The share of a new latency in the average. */
const latencyWeight = 0.25;

/**
 * How orchestrators have been doing: the average time that they take to answer, and a penalty for failures.
 *
 * A failure suspends for one half-life, the next one without a success in between for two, then three, and so on to
 * the longest suspension; so a penalty doubles with each failure, and decays by half in each half-life. A success ends
 * the count, not the suspension.
 */
export class OrchestratorScores {
  readonly #now: () => number;
  readonly #halfLifeMs: number;
  readonly #maxSuspensionMs: number;
  readonly #sameEventMs: number;
  readonly #distrustMs: number;
  readonly #scores = new Map<string, Score>();
  /** Until when. Remembered of those that are not known at the moment, too: whoever leaves and comes back is no other. */
  readonly #distrustedUntilMs = new Map<string, number>();

  constructor({
    now = () => performance.now(),
    halfLifeMs = 30_000,
    maxSuspensionMs = 600_000,
    sameEventMs = 2000,
    distrustMs = 3_600_000,
  }: OrchestratorScoresOptions = {}) {
    this.#now = now;
    this.#halfLifeMs = halfLifeMs;
    this.#maxSuspensionMs = maxSuspensionMs;
    this.#sameEventMs = sameEventMs;
    this.#distrustMs = distrustMs;
  }

  /** It answered, the question for its offer or an order: says how fast it is, not that jobs succeed. */
  answered(address: string, latencyMs: number): void {
    if (!Number.isFinite(latencyMs) || latencyMs < 0) throw new RangeError('A latency is not negative.');
    const score = this.#scoreOf(address);
    const average = score.latencyMs ?? latencyMs;
    score.latencyMs = average + latencyWeight * (latencyMs - average);
  }

  /** A job that it took on delivers. */
  succeeded(address: string): void {
    this.#scoreOf(address).failures = 0;
  }

  /** It failed a job, or did not answer. Whether that counts, and is not the same event as the failure before. */
  failed(address: string): boolean {
    const score = this.#scoreOf(address);
    const now = this.#now();
    if (score.failures > 0 && now - score.penaltyAtMs < this.#sameEventMs) return false;
    score.failures += 1;
    const suspensionMs = Math.min(score.failures * this.#halfLifeMs, this.#maxSuspensionMs);
    // A success in between ends the count, but may not shorten a suspension.
    score.penalty = Math.max(suspendedAbove * 2 ** (suspensionMs / this.#halfLifeMs), this.#penaltyOf(score, now));
    score.penaltyAtMs = now;
    return true;
  }

  /** It was found to cheat. */
  distrusted(address: string): void {
    const now = this.#now();
    for (const [other, untilMs] of this.#distrustedUntilMs) if (untilMs <= now) this.#distrustedUntilMs.delete(other);
    this.#distrustedUntilMs.set(address, now + this.#distrustMs);
  }

  /** Whether it was found to cheat, and is to get no job, not even where there is nobody else. */
  isDistrusted(address: string): boolean {
    return this.distrustedForMs(address) > 0;
  }

  /** How much longer it gets no job since it was found to cheat, in milliseconds; 0 when it was not. */
  distrustedForMs(address: string): number {
    return Math.max(0, (this.#distrustedUntilMs.get(address) ?? -Infinity) - this.#now());
  }

  /** The average time to answer in milliseconds; undefined when it has never answered. */
  latencyMs(address: string): number | undefined {
    return this.#scores.get(address)?.latencyMs;
  }

  /** Whether it has failed so lately that others are to be taken, or was found to cheat. */
  isSuspended(address: string): boolean {
    return this.isDistrusted(address) || this.suspendedForMs(address) > 0;
  }

  /** How much longer it is suspended for its failures, in milliseconds; 0 when it is not. */
  suspendedForMs(address: string): number {
    const score = this.#scores.get(address);
    if (score === undefined) return 0;
    const penalty = this.#penaltyOf(score, this.#now());
    return penalty <= suspendedAbove ? 0 : Math.log2(penalty / suspendedAbove) * this.#halfLifeMs;
  }

  /** Forgets every orchestrator but these. */
  retain(addresses: readonly string[]): void {
    const retained = new Set(addresses);
    for (const address of this.#scores.keys()) if (!retained.has(address)) this.#scores.delete(address);
  }

  #penaltyOf(score: Score, now: number): number {
    return score.penalty * 2 ** (-(now - score.penaltyAtMs) / this.#halfLifeMs);
  }

  #scoreOf(address: string): Score {
    const known = this.#scores.get(address);
    if (known !== undefined) return known;
    const score: Score = { latencyMs: undefined, penalty: 0, penaltyAtMs: 0, failures: 0 };
    this.#scores.set(address, score);
    return score;
  }
}
