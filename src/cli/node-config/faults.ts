import { UsageError } from '../usage-error.js';

/** Collects what is wrong, so that all of it can be told at once. */
export class Faults {
  readonly #lines: string[] = [];

  get found(): boolean {
    return this.#lines.length > 0;
  }

  /** @param line a full sentence that names where the mistake is, and shows no secret */
  add(line: string): void {
    if (!this.#lines.includes(line)) this.#lines.push(line);
  }

  /** @throws UsageError with a line for every fault, when there is one. */
  throwIfFound(): void {
    if (this.found) throw new UsageError(this.#lines.join('\n'));
  }
}
