import type { NetworkPart } from './network-part.js';

/** What every part of the network's benchmark works with. */
export interface NetworkBench {
  wanted: ReadonlySet<NetworkPart>;
  rounds: number;
  /** For files that are deleted at the end. */
  folder: string;
  signal: AbortSignal;
  /** Tells the user what is going on. */
  say: (text: string) => void;
}
