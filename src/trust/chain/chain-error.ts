/** What failed. The codes are stable and never change meaning. */
export type ChainErrorCode =
  /** The node of the chain does not answer, or not properly. */
  | 'CHAIN_UNREACHABLE'
  /** It is the node of another chain, or the contracts are not there. */
  | 'CHAIN_MISCONFIGURED'
  /** The contract, or the network, refused. */
  | 'CHAIN_REFUSED';

/** The chain cannot be asked, or said no. Never shows the node's address, which may have a key in it. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
  readonly code: ChainErrorCode;

  constructor(code: ChainErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
