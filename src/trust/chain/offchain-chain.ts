import type { Chain, ChainView, SenderFunds } from './chain.js';

/** The chain of a network that owes nothing: the default. Nobody asks for payment tickets, and none is worth anything. */
export class OffchainChain implements Chain {
  readonly chainId = 0n;

  view(): ChainView {
    return { block: 0n, round: 0n, roundBlockHash: new Uint8Array(32), gasPriceWei: 0n };
  }

  refresh(): Promise<ChainView> {
    return Promise.resolve(this.view());
  }

  senderFunds(): Promise<SenderFunds> {
    return Promise.resolve({ depositWei: 0n, reserveWei: 0n, claimableReserveWei: 0n, withdrawRound: 0n });
  }

  close(): void {
    // Holds nothing.
  }
}
