import { JsonRpcProvider } from 'ethers/providers';
import { FetchRequest } from 'ethers/utils';
import { z } from 'zod';

import { contracts } from './ticket-broker-abi.js';
import { ChainError } from './chain-error.js';

/** How long the chain's node has for an answer. */
const answerTimeoutMs = 15_000;

/** A newest block, as far as it matters here. */
const block = z.object({
  number: z.string().transform(Number),
  // Arbitrum's blocks say which one of Ethereum they belong to.
  l1BlockNumber: z.string().optional(),
});

/** A node of the chain, asked over JSON-RPC. Its failures are {@link ChainError}s that do not show its address. */
export class JsonRpc {
  readonly #provider: JsonRpcProvider;

  /** @param url of the node, http or https; may have a key in it */
  constructor(url: string, chainId: bigint) {
    const request = new FetchRequest(url);
    request.timeout = answerTimeoutMs;
    this.#provider = new JsonRpcProvider(request, chainId, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
  }

  /** One request; the answer as it comes. */
  async ask(method: string, ...parameters: unknown[]): Promise<unknown> {
    try {
      return (await this.#provider.send(method, parameters)) as unknown;
    } catch (error) {
      throw toChainError(error);
    }
  }

  /** The height of the chain, and of Ethereum's where that is another. */
  async newestBlock(): Promise<{ height: number; ethereumBlock: bigint }> {
    const { number, l1BlockNumber } = block.parse(await this.ask('eth_getBlockByNumber', 'latest', false));
    return { height: number, ethereumBlock: BigInt(l1BlockNumber ?? number) };
  }

  /**
   * Calls a function of a contract that changes nothing. Absent: no contract is there.
   *
   * @param height the block whose state is asked. Default the newest
   */
  async call(to: string, name: string, values: unknown[], height?: number): Promise<unknown[] | undefined> {
    const data = contracts.encodeFunctionData(name, values);
    const tag = height === undefined ? 'latest' : `0x${height.toString(16)}`;
    const answer = z.string().parse(await this.ask('eth_call', { to, data }, tag));
    return answer === '0x' ? undefined : contracts.decodeFunctionResult(name, answer).toArray();
  }

  /** Gas that a transaction would take after the newest block. CHAIN_REFUSED: it would fail, and why. */
  async estimateGas(transaction: { from: string; to: string; data: string }): Promise<bigint> {
    // Some nodes count in what waits, and so the transaction that this one is to replace.
    return BigInt(z.string().parse(await this.ask('eth_estimateGas', transaction, 'latest')));
  }

  /** What to pay per unit of gas, in wei: at most, and of that to the maker of the block. */
  async fees(): Promise<{ mostWei: bigint; tipWei: bigint }> {
    try {
      const { maxFeePerGas, maxPriorityFeePerGas, gasPrice } = await this.#provider.getFeeData();
      const mostWei = maxFeePerGas ?? gasPrice ?? 0n;
      return { mostWei, tipWei: maxPriorityFeePerGas ?? mostWei };
    } catch (error) {
      throw toChainError(error);
    }
  }

  close(): void {
    this.#provider.destroy();
  }
}

/** The message of ethers has the whole request in it; its short one does not. */
function toChainError(error: unknown): ChainError {
  const {
    code,
    shortMessage,
    reason,
    error: answer,
  } = error as {
    code?: unknown;
    shortMessage?: unknown;
    reason?: unknown;
    error?: { message?: unknown };
  };
  const words = [reason, answer?.message, shortMessage].find((each) => typeof each === 'string' && each !== '');
  const said = typeof words === 'string' ? words.slice(0, 300) : 'without a reason';
  // What a node answers is a refusal; what it does not is a failure to reach it.
  if (code === 'CALL_EXCEPTION' || answer !== undefined || refusals.has(code)) {
    return new ChainError('CHAIN_REFUSED', `The chain refused: ${said}`);
  }
  return new ChainError(
    'CHAIN_UNREACHABLE',
    `The chain's node does not answer: ${typeof code === 'string' ? code : said}`,
  );
}

const refusals = new Set<unknown>(['INSUFFICIENT_FUNDS', 'NONCE_EXPIRED', 'REPLACEMENT_UNDERPRICED']);
