import type { SigningKey } from 'ethers/crypto';
import { id } from 'ethers/hash';
import { getBytes, hexlify } from 'ethers/utils';

import type { Chain, ChainView, RedemptionChain, SenderFunds } from './chain.js';
import { ChainError } from './chain-error.js';
import { JsonRpc } from './json-rpc.js';
import { TicketBrokerRedemption } from './ticket-broker-redemption.js';

/** Which chain, and who on it. */
export interface TicketBrokerOptions {
  /** Of a node of the chain, http or https; may have a key in it, and is never shown. */
  rpcUrl: string;
  /** 42161 for Arbitrum One. A node of another chain is refused. */
  chainId: bigint;
  /** 0x and 40 digits: the contract that knows where Livepeer's others are. Arbitrum One: 0xD8E8328501E9645d16Cf49539efC04f734606ee4. */
  controller: string;
  /** 20 bytes: whose share of reserves is asked for, an orchestrator's own address. Absent: nobody's, as a broadcaster. */
  claimant?: Uint8Array;
}

/** Livepeer's TicketBroker, through a node of its chain. */
export class TicketBrokerChain implements Chain {
  readonly chainId: bigint;
  readonly #options: TicketBrokerOptions;
  readonly #rpc: JsonRpc;
  readonly #broker: string;
  readonly #rounds: string;
  #view: ChainView;
  #refreshing: Promise<ChainView> | undefined;

  /** Finds the contracts. Throws a {@link ChainError} when that cannot be done. */
  static async connect(options: TicketBrokerOptions): Promise<TicketBrokerChain> {
    const rpc = new JsonRpc(options.rpcUrl, options.chainId);
    try {
      const chainId = BigInt(String(await rpc.ask('eth_chainId')));
      if (chainId !== options.chainId) {
        throw new ChainError(
          'CHAIN_MISCONFIGURED',
          `The node is of chain ${chainId}, and chain ${options.chainId} is configured: correct one of them.`,
        );
      }
      const broker = await find(rpc, options.controller, 'TicketBroker');
      const rounds = await find(rpc, options.controller, 'RoundsManager');
      return new TicketBrokerChain(options, rpc, { broker, rounds, view: await readView(rpc, rounds) });
    } catch (error) {
      rpc.close();
      throw error;
    }
  }

  private constructor(
    options: TicketBrokerOptions,
    rpc: JsonRpc,
    { broker, rounds, view }: { broker: string; rounds: string; view: ChainView },
  ) {
    this.chainId = options.chainId;
    this.#options = options;
    this.#rpc = rpc;
    this.#broker = broker;
    this.#rounds = rounds;
    this.#view = view;
  }

  /** Redemption in transactions of this key's account, which pays their gas. */
  redemptionBy(key: SigningKey): RedemptionChain {
    return new TicketBrokerRedemption({ rpc: this.#rpc, broker: this.#broker, key, chain: this });
  }

  view(): ChainView {
    return this.#view;
  }

  async refresh(): Promise<ChainView> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async senderFunds(sender: Uint8Array): Promise<SenderFunds> {
    const { claimant } = this.#options;
    const [info, claimable] = await Promise.all([
      this.#rpc.call(this.#broker, 'getSenderInfo', [hexlify(sender)]),
      claimant === undefined
        ? [0n]
        : this.#rpc.call(this.#broker, 'claimableReserve', [hexlify(sender), hexlify(claimant)]),
    ]);
    const [[depositWei, withdrawRound], [reserveWei]] = info as [[bigint, bigint], [bigint, bigint]];
    const [claimableReserveWei] = claimable as [bigint];
    return { depositWei, reserveWei, claimableReserveWei, withdrawRound };
  }

  close(): void {
    this.#rpc.close();
  }

  async #refresh(): Promise<ChainView> {
    const seen = await readView(this.#rpc, this.#rounds);
    // One of several nodes behind an address may lag. What has expired stays so: the half of the draw that goes with it
    // may be on its way into the chain already.
    if (seen.block >= this.#view.block) this.#view = seen;
    return this.#view;
  }
}

async function find(rpc: JsonRpc, controller: string, name: string): Promise<string> {
  const [address] = ((await rpc.call(controller, 'getContract', [id(name)])) ?? []) as string[];
  if (address !== undefined && BigInt(address) !== 0n) return address;
  throw new ChainError(
    'CHAIN_MISCONFIGURED',
    `The controller ${controller} does not know a ${name}: check its address and the chain.`,
  );
}

async function readView(rpc: JsonRpc, rounds: string): Promise<ChainView> {
  const [{ ethereumBlock }, gasPrice, roundAnswer] = await Promise.all([
    rpc.newestBlock(),
    rpc.ask('eth_gasPrice'),
    rpc.call(rounds, 'lastInitializedRound', []),
  ]);
  const [round] = roundAnswer as [bigint];
  const [hash] = (await rpc.call(rounds, 'blockHashForRound', [round])) as [string];
  return { block: ethereumBlock, round, roundBlockHash: getBytes(hash), gasPriceWei: BigInt(String(gasPrice)) };
}
