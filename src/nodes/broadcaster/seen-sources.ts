import type { EssenceTrack } from '../../transcoder/essence.js';
import { isOtherThan, type ExpectedWindow, type SeenSource } from '../../trust/bundle/see-source.js';
import type { Signer } from '../../trust/keys/signer.js';
import type { Bytes32 } from '../../trust/keys/signature.js';
import type { SourceWindow } from '../../trust/receipts/receipt.js';
import { attestationMessage, type SignedAttestation } from '../../trust/receipts/source-attestation.js';
import type { SigningDomain } from '../../trust/typed-data/domain.js';

export interface SeenSourcesOptions {
  domain: SigningDomain;
  signer: Signer;
  jobId: string;
  ticketHash: Bytes32;
}

// Of a stream that goes on for days, those that were looked at last.
const mostWindows = 10_000;

/** What a broadcaster has seen of an attempt's source with its own eyes, over all its looks at it. */
export class SeenSources {
  readonly #options: SeenSourcesOptions;
  /** By index: the root that the source has there. */
  readonly #roots = new Map<number, Bytes32>();
  /** By index: what is to come. */
  #expected = new Map<number, ExpectedWindow>();
  #attestation: SignedAttestation | undefined;

  constructor(options: SeenSourcesOptions) {
    this.#options = options;
  }

  /**
   * Takes in one look, and gives the windows that the receipts have otherwise. What was held once is not contradicted by a
   * look that saw less.
   */
  saw({ held, contradicted, expected }: SeenSource): number[] {
    for (const { index, root } of held) this.#keep(index, root);
    const others = contradicted.filter(({ index }) => !this.#roots.has(index));
    for (const { index, root } of others) this.#keep(index, root);
    if (expected.length > 0) this.#expected = new Map(expected.map((window) => [window.index, window]));
    return others.map(({ index }) => index);
  }

  /** Whether a receipt has other pictures than were seen at that time; then what was seen is attested. */
  contradicts(window: SourceWindow, tracks: readonly EssenceTrack[]): boolean {
    const own = this.#expected.get(window.index);
    if (own === undefined || !isOtherThan(own, window, tracks)) return false;
    this.#keep(own.index, own.root);
    return true;
  }

  /** The broadcaster's signature under all of it. Absent: it has seen nothing. */
  attestation(): SignedAttestation | undefined {
    if (this.#roots.size === 0) return undefined;
    const { domain, signer, jobId, ticketHash: ticket } = this.#options;
    const windows = [...this.#roots]
      .map(([index, root]) => ({ index, root }))
      .sort((one, other) => one.index - other.index);
    if (this.#attestation === undefined) {
      const { message, signature } = attestationMessage.sign(domain, { jobId, ticket, windows }, signer);
      this.#attestation = { message, signature };
    }
    return this.#attestation;
  }

  #keep(index: number, root: Bytes32): void {
    if (this.#roots.get(index) === root) return;
    this.#roots.delete(index);
    this.#roots.set(index, root);
    this.#attestation = undefined;
    const [oldest] = this.#roots.keys();
    if (this.#roots.size > mostWindows && oldest !== undefined) this.#roots.delete(oldest);
  }
}
