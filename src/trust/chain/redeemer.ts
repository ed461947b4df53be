import type { Ledger, LedgerTransaction, LedgerWinner, WinningPaymentTicket } from '../ledger/ledger.js';

import type { Chain, EarlierTransaction, RedemptionChain, TransactionFate } from './chain.js';
import { ChainError } from './chain-error.js';

/** What redeems, and how carefully. */
export interface RedeemerOptions {
  ledger: Ledger;
  chain: Pick<Chain, 'refresh'>;
  redemption: RedemptionChain;
  /** Under how many blocks a redemption counts as done; the one it is in counts. Default 12. */
  confirmations?: number;
  /** After how many blocks a transaction that waits is replaced by one that pays more for its gas. Default 10. */
  stuckBlocks?: bigint;
  /** For how many blocks a ticket rests that cannot be redeemed now. Default 20. */
  restBlocks?: bigint;
}

/** What came of one ticket in a step; for logs and metrics. */
export interface RedemptionStep {
  ticket: WinningPaymentTicket;
  did: 'submitted' | 'sentAgain' | 'replaced' | 'postponed' | 'redeemed' | 'lost';
  /** Why; empty where that goes without saying. */
  reason: string;
}

/** What is about to be signed. */
interface Signing {
  nonce: number;
  /** One for the same ticket with the same nonce. */
  before: EarlierTransaction | undefined;
  /** How many were signed for the ticket when that was decided. */
  transactionsBefore: number;
}

/**
 * Redeems the winning tickets of a ledger, each once. Whatever it is about to send it first writes down, signed, and sends
 * that again until the chain has it or something in its place: a process that is killed anywhere goes on where it was. One
 * transaction waits to be mined at a time. Its owner calls {@link Redeemer.step} with every block or so.
 */
export class Redeemer {
  readonly #ledger: Ledger;
  readonly #chain: Pick<Chain, 'refresh'>;
  readonly #redemption: RedemptionChain;
  readonly #confirmations: number;
  readonly #stuckBlocks: bigint;
  readonly #restBlocks: bigint;
  #running: Promise<RedemptionStep[]> | undefined;

  constructor({ ledger, chain, redemption, confirmations = 12, stuckBlocks = 10n, restBlocks = 20n }: RedeemerOptions) {
    this.#ledger = ledger;
    this.#chain = chain;
    this.#redemption = redemption;
    this.#confirmations = confirmations;
    this.#stuckBlocks = stuckBlocks;
    this.#restBlocks = restBlocks;
  }

  /**
   * Follows what is under way and begins what can be begun. Called while it runs, gives the result of that run. Throws a
   * `ChainError` or `LedgerError` when one of them fails: what was done until then stands, and the next step goes on.
   */
  async step(): Promise<RedemptionStep[]> {
    this.#running ??= this.#step().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #step(): Promise<RedemptionStep[]> {
    const { block } = await this.#chain.refresh();
    const steps: RedemptionStep[] = [];
    let waiting = false;
    for (const { winner } of [...this.#ledger.winners('submitted')]) {
      const standing = await this.#follow(winner, block);
      if (standing === 'unmined') waiting = true;
      else if (standing !== 'mined') steps.push(standing);
      if (typeof standing === 'object' && (standing.did === 'sentAgain' || standing.did === 'replaced')) waiting = true;
    }
    while (!waiting) {
      const next = this.#ledger.redeemable(block);
      if (next === undefined) break;
      const step = await this.#begin(next, block);
      if (step === undefined) break;
      steps.push(step);
      waiting = step.did === 'submitted';
    }
    return steps;
  }

  /** Gives what was done, or how the ticket's transactions stand when nothing is to be done. */
  async #follow(ticket: WinningPaymentTicket, block: bigint): Promise<RedemptionStep | 'mined' | 'unmined'> {
    const transactions = this.#ledger.transactions(ticket.hash);
    const newest = transactions.at(-1);
    if (newest === undefined) return this.#postpone(ticket, block, 'No transaction was signed for it.');
    let fate: TransactionFate = { kind: 'unknown' };
    let waiting: LedgerTransaction | undefined;
    for (const transaction of transactions) {
      const { hash } = transaction;
      fate = await this.#redemption.fateOf(hash);
      if (fate.kind === 'waiting') waiting = transaction;
      if (fate.kind !== 'mined' || !fate.succeeded) continue;
      if (fate.confirmations < this.#confirmations) return 'mined';
      this.#ledger.settle(ticket.hash, hash);
      return { ticket, did: 'redeemed', reason: '' };
    }
    if (waiting !== undefined) {
      if (block - newest.signedAtBlock < this.#stuckBlocks) return 'unmined';
      return this.#replace(ticket, block, waiting, transactions.length);
    }
    // From here on `fate` is the newest's.
    if (await this.#redemption.isUsed(ticket.hash, 0)) return (await this.#settleUsed(ticket)) ?? 'mined';
    if (fate.kind === 'mined') return this.#postpone(ticket, block + this.#restBlocks, 'The contract refused it.');
    if ((await this.#redemption.nextNonce('mined')) > newest.nonce) {
      return this.#postpone(ticket, block, 'Another transaction of the account took its place.');
    }
    const outcome = await unlessRefused(() => this.#redemption.send(newest.raw));
    if (outcome !== undefined) return this.#postpone(ticket, block + this.#restBlocks, outcome.refusal);
    return { ticket, did: 'sentAgain', reason: 'The network did not know the transaction.' };
  }

  /** Gives what was done; absent when another process did it first. */
  async #begin({ winner: ticket }: LedgerWinner, block: bigint): Promise<RedemptionStep | undefined> {
    if (await this.#redemption.isUsed(ticket.hash, 0)) {
      const reason = 'The contract has paid it, not long ago.';
      return (await this.#settleUsed(ticket)) ?? this.#postpone(ticket, block + 1n, reason);
    }
    const prospect = await this.#redemption.prospectOf(ticket);
    switch (prospect.kind) {
      case 'later':
        return this.#postpone(ticket, block + this.#restBlocks, prospect.reason);
      case 'never':
        this.#ledger.giveUp(ticket.hash, prospect.reason);
        return { ticket, did: 'lost', reason: prospect.reason };
      case 'payable':
        return this.#submit(ticket, block);
    }
  }

  /** Gives what was done; absent when another process did it first. */
  async #submit(ticket: WinningPaymentTicket, block: bigint): Promise<RedemptionStep | undefined> {
    const transactions = this.#ledger.transactions(ticket.hash);
    const newest = transactions.at(-1);
    const nonce = await this.#redemption.nextNonce('pending');
    // Signed with this number before, and the network does not have it: it was refused.
    const before = newest?.nonce === nonce ? ({ raw: newest.raw, was: 'refused' } as const) : undefined;
    const signing = { nonce, before, transactionsBefore: transactions.length };
    const outcome = await unlessRefused(() => this.#sign(ticket, block, signing));
    if (outcome === 'overtaken') return undefined;
    if (outcome === 'sent') return { ticket, did: 'submitted', reason: '' };
    return this.#postpone(ticket, block + this.#restBlocks, outcome.refusal);
  }

  /**
   * The transaction goes on waiting if there is nothing better. Should one before it be missing that was counted in when it
   * was signed, no price helps, and another one fills the gap; the contract refuses the one that comes second.
   */
  async #replace(
    ticket: WinningPaymentTicket,
    block: bigint,
    { nonce, raw }: LedgerTransaction,
    transactionsBefore: number,
  ): Promise<RedemptionStep | 'unmined'> {
    const mined = await this.#redemption.nextNonce('mined');
    const missing = mined < nonce ? await this.#redemption.nextNonce('pending') : nonce;
    const signing: Signing =
      missing < nonce
        ? { nonce: missing, before: undefined, transactionsBefore }
        : { nonce, before: { raw, was: 'waiting' }, transactionsBefore };
    const outcome = await unlessRefused(() => this.#sign(ticket, block, signing));
    return outcome === 'sent' ? { ticket, did: 'replaced', reason: '' } : 'unmined';
  }

  /** `overtaken`: another process has signed one meanwhile, and nothing was sent. */
  async #sign(
    ticket: WinningPaymentTicket,
    block: bigint,
    { nonce, before, transactionsBefore }: Signing,
  ): Promise<'sent' | 'overtaken'> {
    const signed = await this.#redemption.sign(ticket, nonce, before);
    const written = this.#ledger.submit(ticket.hash, { ...signed, signedAtBlock: block }, transactionsBefore);
    if (!written) return 'overtaken';
    await this.#redemption.send(signed.raw);
    return 'sent';
  }

  /** The contract has paid it. Absent: not long enough ago to be sure that it stays so. */
  async #settleUsed(ticket: WinningPaymentTicket): Promise<RedemptionStep | undefined> {
    if (!(await this.#redemption.isUsed(ticket.hash, this.#confirmations - 1))) return undefined;
    for (const { hash } of this.#ledger.transactions(ticket.hash)) {
      const fate = await this.#redemption.fateOf(hash);
      if (fate.kind !== 'mined' || !fate.succeeded) continue;
      this.#ledger.settle(ticket.hash, hash);
      return { ticket, did: 'redeemed', reason: '' };
    }
    this.#ledger.settle(ticket.hash, undefined);
    return { ticket, did: 'redeemed', reason: 'By a transaction that is not in this ledger.' };
  }

  #postpone(ticket: WinningPaymentTicket, notBefore: bigint, reason: string): RedemptionStep {
    this.#ledger.postpone(ticket.hash, notBefore, reason);
    return { ticket, did: 'postponed', reason };
  }
}

/** What the action gives, or why the chain refused it. */
async function unlessRefused<T>(action: () => Promise<T>): Promise<T | { refusal: string }> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ChainError && error.code === 'CHAIN_REFUSED') return { refusal: error.message };
    throw error;
  }
}
