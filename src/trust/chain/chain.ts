import type { WinningPaymentTicket } from '../ledger/ledger.js';

/** What the chain said when it was last asked. */
export interface ChainView {
  /** That parameters expire by: of Ethereum itself, also where the contracts live on a chain above it. */
  block: bigint;
  /** That payment tickets expire by. */
  round: bigint;
  /** 32 bytes: the hash of the block in which the round began. */
  roundBlockHash: Uint8Array;
  /** What a unit of gas costs, in wei. */
  gasPriceWei: bigint;
}

/** What a broadcaster has put into the contract. */
export interface SenderFunds {
  /** Winning tickets are paid from this first, in wei. */
  depositWei: bigint;
  /** What is left of its reserve, in wei. */
  reserveWei: bigint;
  /** The share of the reserve that the recipient can still claim in this round, in wei. 0 where nobody is to be paid. */
  claimableReserveWei: bigint;
  /** The round from which it can take all of it back; 0: it has not asked to. */
  withdrawRound: bigint;
}

/** Where payment tickets are worth something. */
export interface Chain {
  /** 0 where nothing is owed. */
  readonly chainId: bigint;
  /** What was last seen. Throws before the first `refresh`. */
  view(): ChainView;
  /** Asks the chain anew, once for all who call meanwhile. The view never goes back to an earlier block. */
  refresh(): Promise<ChainView>;
  /** What an address (20 bytes) has put in. */
  senderFunds(sender: Uint8Array): Promise<SenderFunds>;
  /** Closes what it holds open. */
  close(): void;
}

/** How a redemption gets into the chain, step by step: the {@link Redeemer} writes down what it is about to do between them. */
export interface RedemptionChain {
  /** Whether the contract has paid this ticket, as of so many blocks ago. */
  isUsed(hash: Uint8Array, blocksAgo: number): Promise<boolean>;
  /** Whether the contract would pay it now, and if not, whether it may later. */
  prospectOf(winner: WinningPaymentTicket): Promise<Prospect>;
  /** What has become of a transaction. */
  fateOf(transactionHash: string): Promise<TransactionFate>;
  /** The next number of the account: with those that wait counted in (`pending`), or only those in blocks (`mined`). */
  nextNonce(of: 'pending' | 'mined'): Promise<number>;
  /**
   * Makes the transaction that redeems a ticket, and does not send it. It costs less than the ticket pays, whatever
   * becomes of the price of gas. CHAIN_REFUSED: the account cannot pay for it, or what waits cannot be outbid within that.
   *
   * @param before the newest one that was signed with the same nonce
   */
  sign(winner: WinningPaymentTicket, nonce: number, before?: EarlierTransaction): Promise<SignedTransaction>;
  /** Hands a signed transaction to the network; one that it knows already is no error. */
  send(raw: string): Promise<void>;
  /** The height of the chain that the contract lives on. */
  height(): Promise<number>;
}

/** A transaction in whose place another one is to come. */
export interface EarlierTransaction {
  raw: string;
  /** `waiting`: it is outbid. `refused`: the network did not take it; it is given again if it still offers enough. */
  was: 'waiting' | 'refused';
}

export type Prospect =
  | { kind: 'payable' }
  /** Too few funds, or gas that is dearer than what there is to win: try again in a later block. */
  | { kind: 'later'; reason: string }
  /** It can never be redeemed any more. */
  | { kind: 'never'; reason: string };

export type TransactionFate =
  /** In a block, under so many (1: in the newest). `succeeded`: the contract did what it was asked. */
  | { kind: 'mined'; confirmations: number; succeeded: boolean }
  /** Known and waiting. */
  | { kind: 'waiting' }
  /** The network knows nothing of it: dropped, replaced, never sent, or lost with its block. */
  | { kind: 'unknown' };

/** A transaction that is ready to be sent, any number of times: it can take effect once. */
export interface SignedTransaction {
  /** 0x and 64 digits. */
  hash: string;
  /** 0x and as many digits as it takes. */
  raw: string;
  nonce: number;
}

/**
 * The most that a recipient can count on for a further winning ticket, in wei: its share of the reserve, less what earlier
 * winners will take, unless the deposit covers those three times.
 */
export function maxFloatOf({ depositWei, claimableReserveWei }: SenderFunds, pendingWei: bigint): bigint {
  if (pendingWei === 0n || depositWei >= 3n * pendingWei) return claimableReserveWei;
  return claimableReserveWei > pendingWei ? claimableReserveWei - pendingWei : 0n;
}
