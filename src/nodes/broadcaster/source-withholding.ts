import type { SeenSource } from '../../trust/bundle/see-source.js';
import { SignedReach } from '../../trust/receipts/signed-reach.js';
import type { Receipt } from '../../trust/receipts/receipt.js';

export interface SourceWithholdingOptions {
  /** How long a window of the source is at least. */
  windowUs: number;
  /** How long one of a rendition can be. */
  longestWindowUs: number;
}

/**
 * What a transcoder may read later than the broadcaster's recorder does, or sooner, since a media server lets every player
 * begin elsewhere.
 */
const apartUs = 15_000_000;

/**
 * Whether the receipts of an attempt keep back the windows of a source that runs live, so that nobody can tell what the
 * renditions should show. Nobody knows where such a source's clock and that of the receipts are to one another. But a
 * keyframe that was recorded is one that the transcoder came past at about that time; the receipts that follow must have a
 * window up to there.
 */
export class SourceWithholding {
  readonly #options: SourceWithholdingOptions;
  readonly #reach = new SignedReach();
  /** Once the renditions are signed for up to `renditionsUs`, the source has to be up to `sourceUs`. */
  #due: { sourceUs: number; renditionsUs: number } | undefined;

  constructor(options: SourceWithholdingOptions) {
    this.#options = options;
  }

  /** The broadcaster has recorded a part of the source. */
  saw({ recorded }: Pick<SeenSource, 'recorded'>): void {
    if (recorded === undefined) return;
    const { windowUs, longestWindowUs } = this.#options;
    this.#due ??= {
      sourceUs: recorded.fromUs - windowUs - apartUs,
      renditionsUs: recorded.untilUs + longestWindowUs + apartUs,
    };
  }

  /** A receipt came, and holds. Whether, with it, it is certain that windows of the source are kept back. */
  took(receipt: Pick<Receipt, 'sources' | 'renditions'>): boolean {
    this.#reach.add(receipt);
    const { sourceUs, beganUs, renditionsUs, isFull } = this.#reach;
    if (this.#due === undefined || sourceUs === undefined || beganUs === undefined || renditionsUs === undefined)
      return false;
    // Nobody reads a live source from long before they deliver it.
    const isCatchingUp = isFull && sourceUs >= beganUs - apartUs;
    if (isCatchingUp || sourceUs >= this.#due.sourceUs) this.#due = undefined;
    return this.#due !== undefined && renditionsUs >= this.#due.renditionsUs;
  }
}
