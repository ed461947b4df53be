import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hexlify } from 'ethers/utils';

import type { RedemptionChain } from '../../../src/trust/chain/chain.js';
import { Redeemer, type RedeemerOptions, type RedemptionStep } from '../../../src/trust/chain/redeemer.js';
import { TicketBrokerChain } from '../../../src/trust/chain/ticket-broker-chain.js';
import type { LedgerWinner } from '../../../src/trust/ledger/ledger.js';
import { SqliteLedger } from '../../../src/trust/ledger/sqlite-ledger.js';
import { Signer } from '../../../src/trust/keys/signer.js';
import { Payee } from '../../../src/trust/payment/payee.js';
import { Payer } from '../../../src/trust/payment/payer.js';
import { personalSignerOf } from '../../../src/trust/payment/personal-signature.js';
import { Anvil } from './anvil.js';

const ether = 10n ** 18n;

/** What a winning ticket of this world pays: it always nearly wins, so that every payment has winners. */
export const faceValueWei = 10n ** 15n;

/** A broadcaster that pays and an orchestrator that redeems, on a real chain. */
export class RedemptionWorld implements AsyncDisposable {
  readonly anvil: Anvil;
  readonly chain: TicketBrokerChain;
  readonly redemption: RedemptionChain;
  readonly folder: string;
  readonly ledger: SqliteLedger;

  /** @param fundsWei what the broadcaster has as its deposit, and once more as its reserve */
  static async create(fundsWei = ether): Promise<RedemptionWorld> {
    const anvil = await Anvil.start();
    await anvil.transact('fundDepositAndReserve', [fundsWei, fundsWei], 2n * fundsWei);
    const folder = await mkdtemp(join(tmpdir(), 'millrace-redemption-'));
    return new RedemptionWorld(anvil, await connect(anvil), folder);
  }

  private constructor(anvil: Anvil, chain: TicketBrokerChain, folder: string) {
    this.anvil = anvil;
    this.chain = chain;
    this.redemption = chain.redemptionBy(anvil.orchestrator);
    this.folder = folder;
    this.ledger = new SqliteLedger(this.file);
  }

  get file(): string {
    return join(this.folder, 'ledger.sqlite');
  }

  redeemer(options: Partial<RedeemerOptions> = {}): Redeemer {
    const { ledger, chain, redemption } = this;
    return new Redeemer({ ledger, chain, redemption, confirmations: 3, ...options });
  }

  /** To the same chain once more, through another node. */
  async connect(rpcUrl: string): Promise<TicketBrokerChain> {
    return connect(this.anvil, rpcUrl);
  }

  /** Pays until so many tickets have won, and gives them; they can be redeemed only once {@link RedemptionWorld.expire} was called. */
  async win(count: number): Promise<LedgerWinner[]> {
    const { anvil } = this;
    await this.chain.refresh();
    const funds = await this.chain.senderFunds(anvil.sender);
    const price = { wei: faceValueWei / 2n, pixels: 1n };
    const payee = new Payee({
      recipient: anvil.recipient,
      price,
      view: () => this.chain.view(),
      keepWinner: (winner) => {
        this.ledger.keepWinner(winner);
      },
      ticketValueWei: (faceValueWei * 9n) / 10n,
      redeemGas: 1n,
      maxFaceValueWei: faceValueWei,
    });
    const limits = { maxTicketValueWei: ether, maxPaymentValueWei: ether, depositMultiplier: 1n };
    const signer = personalSignerOf(new Signer(anvil.broadcaster.privateKey));
    const work = () => ({ nextPixels: 1n, aheadPixels: 2n });
    const payer = new Payer({ signer, recipient: anvil.recipient, maxPrice: price, work, limits });
    const { block, round } = this.chain.view();
    const view = { block, round, funds };
    payer.accept(payee.parametersFor(anvil.sender, funds, 0n), view);
    const account = { sender: anvil.sender, session: 'a session' };
    const before = [...this.ledger.winners()].length;
    while ([...this.ledger.winners()].length < before + count) {
      const due = payer.due(view);
      if (due.kind !== 'payment') throw new Error(`Nothing is to be paid: ${due.kind}.`);
      const [first] = due.payment.tickets;
      if (first === undefined) throw new Error('The payment has no tickets.');
      payee.receive(account, { ...due.payment, tickets: [first] });
      payer.debit(3n);
    }
    return [...this.ledger.winners()].slice(before);
  }

  /** Mines until what was won by now may be redeemed. */
  async expire(): Promise<void> {
    await this.anvil.mine(41);
  }

  /** Steps and mines until nothing is under way, at most so many times; gives what was done. */
  async settle(redeemer: Redeemer, most = 60): Promise<RedemptionStep[]> {
    const steps: RedemptionStep[] = [];
    for (let index = 0; index < most; index++) {
      steps.push(...(await redeemer.step()));
      await this.anvil.mine();
      const sums = this.ledger.sums();
      if (sums.every(({ state, tickets }) => state === 'redeemed' || state === 'lost' || tickets === 0)) return steps;
    }
    throw new Error(
      `Not settled: ${JSON.stringify([...this.ledger.winners()].map(({ state, reason }) => [state, reason]))}`,
    );
  }

  /** Transactions of the orchestrator that are in the chain. */
  async transactions(): Promise<number> {
    return this.redemption.nextNonce('mined');
  }

  async paid(): Promise<bigint> {
    return this.anvil.read('paidTo', hexlify(this.anvil.recipient));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ledger.close();
    this.chain.close();
    await this.anvil[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true });
  }
}

async function connect({ url, controller, recipient: claimant }: Anvil, rpcUrl = url): Promise<TicketBrokerChain> {
  return TicketBrokerChain.connect({ rpcUrl, chainId: Anvil.chainId, controller, claimant });
}
