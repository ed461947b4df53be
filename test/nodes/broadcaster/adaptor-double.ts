import { expect } from 'vitest';

import type { AttemptKey } from '../../../src/media-server/adaptor.js';

/** Stands for a media server that is told who may publish, and confirms a revocation when the test has it do so. */
export class AdaptorDouble {
  readonly #admitted = new Set<number>();
  readonly #known = new Set<number>();
  readonly #unconfirmed: (() => void)[] = [];
  #holds = false;

  get admitted(): readonly number[] {
    return [...this.#admitted];
  }

  /** Whether a revocation has not been confirmed. */
  get isWaitedFor(): boolean {
    return this.#unconfirmed.length > 0;
  }

  isAdmitted(attempt: number): boolean {
    return this.#admitted.has(attempt);
  }

  /** Confirms nothing from now on, or everything at once. */
  hold(holds: boolean): void {
    this.#holds = holds;
    if (!holds) for (const confirm of this.#unconfirmed.splice(0)) confirm();
  }

  admit({ attempt }: AttemptKey, outputs: readonly string[]): readonly string[] {
    expect(this.#known, 'no two attempts share a number').not.toContain(attempt);
    this.#known.add(attempt);
    this.#admitted.add(attempt);
    return outputs.map((output) => `${output}?token=${attempt}`);
  }

  revoke({ attempt }: AttemptKey): Promise<void> {
    expect(this.#known).toContain(attempt);
    this.#admitted.delete(attempt);
    if (!this.#holds) return Promise.resolve();
    return new Promise((resolve) => this.#unconfirmed.push(resolve));
  }

  release({ attempt }: AttemptKey): void {
    expect(this.#admitted, 'only what may publish is released').toContain(attempt);
    this.#admitted.delete(attempt);
  }
}
