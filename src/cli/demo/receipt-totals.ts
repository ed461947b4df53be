type Outcome = 'verified' | 'failed' | 'undecided';

/** What the receipts of a job come to. */
export class ReceiptTotals {
  #receipts = 0;
  #pixels = 0;
  readonly #outcomes: Record<Outcome, number> = { verified: 0, failed: 0, undecided: 0 };

  take({ renditions }: { renditions: readonly { pixels: number }[] }): void {
    this.#receipts += 1;
    for (const { pixels } of renditions) this.#pixels += pixels;
  }

  judge(outcome: Outcome): void {
    this.#outcomes[outcome] += 1;
  }

  /** One line. */
  get summary(): string {
    const { verified, failed, undecided } = this.#outcomes;
    const looked = [verified === 1 ? '1 window verified' : `${verified} windows verified`];
    if (failed > 0) looked.push(`${failed} failed`);
    if (undecided > 0) looked.push(`${undecided} undecided`);
    const receipts = this.#receipts === 1 ? '1 receipt' : `${this.#receipts} receipts`;
    return `${receipts} for ${(this.#pixels / 1e6).toFixed(0)} megapixels; ${looked.join(', ')}`;
  }
}
