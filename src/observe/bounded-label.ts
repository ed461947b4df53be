/**
 * Keeps a label's values few, where they are words that another machine sent: stable ones in their dozens if all is
 * well, and anything at all if it is not. Every value is a time series, and time series are never given back.
 */
export class BoundedLabel {
  readonly #known = new Set<string>();
  readonly #limit: number;

  /** @param limit how many different words pass. Default 64. */
  constructor(limit = 64) {
    this.#limit = limit;
  }

  /** The word itself, or `other` when it is no word of 1 to 48 characters, or one too many. */
  of(word: string): string {
    if (this.#known.has(word)) return word;
    if (this.#known.size >= this.#limit || !/^[A-Za-z][A-Za-z0-9_.-]{0,47}$/.test(word)) return 'other';
    this.#known.add(word);
    return word;
  }
}
