import type { OrchestratorListener } from './discovery.js';

/** The orchestrators that a source knows, and who wants to hear of changes. */
export class AddressList {
  #addresses: readonly string[] = [];
  readonly #listeners = new Set<OrchestratorListener>();

  /** The list at the moment. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Calls `listener` with every new list, until the function that is returned is called. */
  onChange(listener: OrchestratorListener): () => void {
    const subscription: OrchestratorListener = (addresses) => {
      listener(addresses);
    };
    this.#listeners.add(subscription);
    return () => {
      this.#listeners.delete(subscription);
    };
  }

  /** Takes a new list; one that is the same is no change. */
  replace(addresses: readonly string[]): void {
    const current = this.#addresses;
    if (addresses.length === current.length && addresses.every((address, index) => address === current[index])) return;
    this.#addresses = Object.freeze([...addresses]);
    for (const listener of [...this.#listeners]) listener(this.#addresses);
  }

  /** Nobody hears of changes any more. */
  clear(): void {
    this.#listeners.clear();
  }
}
