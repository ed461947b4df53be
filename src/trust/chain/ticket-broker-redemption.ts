import type { SigningKey } from 'ethers/crypto';
import { computeAddress, Transaction } from 'ethers/transaction';
import { hexlify } from 'ethers/utils';
import { z } from 'zod';

import type { WinningPaymentTicket } from '../ledger/ledger.js';
import { auxiliaryData } from '../payment/payment-ticket.js';

import type {
  Chain,
  EarlierTransaction,
  Prospect,
  RedemptionChain,
  SignedTransaction,
  TransactionFate,
} from './chain.js';
import { ChainError } from './chain-error.js';
import { gasOffer, type GasOffer } from './gas-offer.js';
import type { JsonRpc } from './json-rpc.js';
import { contracts } from './ticket-broker-abi.js';

/** A transaction's receipt, as far as it matters here. */
const transactionReceipt = z.object({ blockNumber: z.string().transform(Number), status: z.string() }).nullable();

/** What a redemption needs. */
export interface TicketBrokerRedemptionOptions {
  rpc: JsonRpc;
  /** The contract's address: 0x and 40 digits. */
  broker: string;
  key: SigningKey;
  chain: Chain;
}

/** Redemption of winning tickets by the contract, in transactions of one account. */
export class TicketBrokerRedemption implements RedemptionChain {
  readonly #options: TicketBrokerRedemptionOptions;
  readonly #account: string;

  constructor(options: TicketBrokerRedemptionOptions) {
    this.#options = options;
    this.#account = computeAddress(options.key);
  }

  async height(): Promise<number> {
    return (await this.#options.rpc.newestBlock()).height;
  }

  async isUsed(hash: Uint8Array, blocksAgo: number): Promise<boolean> {
    const { rpc, broker } = this.#options;
    const height = blocksAgo === 0 ? undefined : Math.max(0, (await this.height()) - blocksAgo);
    const answer = await rpc.call(broker, 'usedTickets', [hexlify(hash)], height);
    return answer?.[0] === true;
  }

  async prospectOf(winner: WinningPaymentTicket): Promise<Prospect> {
    const { rpc, broker, chain } = this.#options;
    const { ticket } = winner;
    const [funds, validity, { round, gasPriceWei }] = await Promise.all([
      chain.senderFunds(ticket.sender),
      rpc.call(broker, 'ticketValidityPeriod', []),
      chain.refresh(),
    ]);
    const [rounds] = validity as [bigint];
    if (ticket.creationRound + rounds <= round) {
      return {
        kind: 'never',
        reason: `It expired: it was made in round ${ticket.creationRound}, and this is ${round}.`,
      };
    }
    const fundsWei = funds.depositWei + funds.claimableReserveWei;
    if (fundsWei < ticket.faceValueWei) {
      return { kind: 'later', reason: `The sender has ${fundsWei} of the ${ticket.faceValueWei} wei that it pays.` };
    }
    try {
      const costWei = (await this.#gasLimitOf(dataOf(winner))) * gasPriceWei;
      if (costWei < ticket.faceValueWei) return { kind: 'payable' };
      return { kind: 'later', reason: `Redeeming it costs ${costWei} wei, and it pays ${ticket.faceValueWei}.` };
    } catch (error) {
      if (error instanceof ChainError && error.code === 'CHAIN_REFUSED')
        return { kind: 'later', reason: error.message };
      throw error;
    }
  }

  async fateOf(transactionHash: string): Promise<TransactionFate> {
    const { rpc } = this.#options;
    const receipt = transactionReceipt.parse(await rpc.ask('eth_getTransactionReceipt', transactionHash));
    if (receipt !== null) {
      const confirmations = Math.max(1, (await this.height()) - receipt.blockNumber + 1);
      return { kind: 'mined', confirmations, succeeded: BigInt(receipt.status) === 1n };
    }
    const transaction = await rpc.ask('eth_getTransactionByHash', transactionHash);
    return transaction === null ? { kind: 'unknown' } : { kind: 'waiting' };
  }

  async nextNonce(of: 'pending' | 'mined'): Promise<number> {
    const tag = of === 'mined' ? 'latest' : 'pending';
    return Number(await this.#options.rpc.ask('eth_getTransactionCount', this.#account, tag));
  }

  async sign(winner: WinningPaymentTicket, nonce: number, before?: EarlierTransaction): Promise<SignedTransaction> {
    const { broker, key, chain } = this.#options;
    const data = dataOf(winner);
    const [gasLimit, asked] = await Promise.all([this.#gasLimitOf(data), this.#options.rpc.fees()]);
    const earlier = before && Transaction.from(before.raw);
    if (before?.was === 'refused' && earlier !== undefined) {
      const { maxFeePerGas, hash } = earlier;
      const isEnough = earlier.gasLimit >= gasLimit && (maxFeePerGas ?? 0n) >= chain.view().gasPriceWei;
      if (isEnough && hash !== null) return { hash, raw: before.raw, nonce };
    }
    const { faceValueWei } = winner.ticket;
    const outbid = before?.was === 'waiting' ? offerOf(earlier) : undefined;
    const offer = gasOffer(asked, (faceValueWei - 1n) / gasLimit, outbid);
    if (offer === undefined) {
      throw new ChainError(
        'CHAIN_REFUSED',
        `To offer more for its gas would cost the ${faceValueWei} wei that the ticket pays.`,
      );
    }
    await this.#requireBalance(gasLimit * offer.mostWei);
    const transaction = Transaction.from({
      type: 2,
      chainId: chain.chainId,
      to: broker,
      data,
      nonce,
      gasLimit,
      maxFeePerGas: offer.mostWei,
      maxPriorityFeePerGas: offer.tipWei,
    });
    transaction.signature = key.sign(transaction.unsignedHash);
    return { hash: transaction.hash ?? '', raw: transaction.serialized, nonce };
  }

  async send(raw: string): Promise<void> {
    try {
      await this.#options.rpc.ask('eth_sendRawTransaction', raw);
    } catch (error) {
      if (error instanceof ChainError && /already (known|imported)/i.test(error.message)) return;
      throw error;
    }
  }

  /** What the network would refuse is not signed to begin with. */
  async #requireBalance(wei: bigint): Promise<void> {
    const balanceWei = BigInt(String(await this.#options.rpc.ask('eth_getBalance', this.#account, 'latest')));
    if (balanceWei >= wei) return;
    throw new ChainError(
      'CHAIN_REFUSED',
      `The account ${this.#account} has ${balanceWei} wei, and redeeming a ticket can cost ${wei}: send it ether.`,
    );
  }

  /** The state may change until it is in a block, and with it what the contract has to do. */
  async #gasLimitOf(data: string): Promise<bigint> {
    const { rpc, broker } = this.#options;
    return ((await rpc.estimateGas({ from: this.#account, to: broker, data })) * 5n) / 4n;
  }
}

function offerOf(transaction: Transaction | undefined): GasOffer {
  return { mostWei: transaction?.maxFeePerGas ?? 0n, tipWei: transaction?.maxPriorityFeePerGas ?? 0n };
}

function dataOf({ ticket, signature, recipientRand }: WinningPaymentTicket): string {
  const { recipient, sender, faceValueWei, winProbability, senderNonce, recipientRandHash } = ticket;
  const tuple = [
    hexlify(recipient),
    hexlify(sender),
    faceValueWei,
    winProbability,
    senderNonce,
    hexlify(recipientRandHash),
    hexlify(auxiliaryData(ticket)),
  ];
  return contracts.encodeFunctionData('redeemWinningTicket', [tuple, hexlify(signature), recipientRand]);
}
