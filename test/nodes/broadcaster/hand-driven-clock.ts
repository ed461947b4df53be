/** A clock that goes on when it is told to, and calls back on the way. */
export class HandDrivenClock {
  nowMs = 0;
  readonly #timers = new Set<{ dueMs: number; then: () => void }>();

  /** How many are waiting. */
  get timers(): number {
    return this.#timers.size;
  }

  later(afterMs: number, then: () => void): () => void {
    const timer = { dueMs: this.nowMs + afterMs, then };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.nowMs = next.dueMs;
      next.then();
    }
    this.nowMs = untilMs;
  }
}
