import { SigningKey } from 'ethers/crypto';
import { id } from 'ethers/hash';
import { Transaction } from 'ethers/transaction';
import { hexlify, toBeHex } from 'ethers/utils';
import { Wallet } from 'ethers/wallet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { auxiliaryData } from '../../../src/trust/payment/payment-ticket.js';
import type { LedgerWinner } from '../../../src/trust/ledger/ledger.js';
import { LaggingNode } from './lagging-node.js';
import { faceValueWei, RedemptionWorld } from './redemption-world.js';

let world: RedemptionWorld;
beforeEach(async () => {
  world = await RedemptionWorld.create();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

describe('A winning ticket', () => {
  it('is redeemed in one transaction, and counts as redeemed under enough blocks', async () => {
    const [winner] = await world.win(1);
    const redeemer = world.redeemer({ confirmations: 3 });
    await world.expire();
    expect(didOf(await redeemer.step())).toEqual(['submitted']);
    expect(didOf(await redeemer.step())).toEqual([]);
    await world.anvil.mine();
    expect(await world.paid()).toBe(faceValueWei);
    expect(didOf(await redeemer.step())).toEqual([]);
    await world.anvil.mine();
    expect(didOf(await redeemer.step())).toEqual([]);
    expect(stateOf(winner)).toBe('submitted');
    await world.anvil.mine();
    expect(didOf(await redeemer.step())).toEqual(['redeemed']);
    expect(stateOf(winner)).toBe('redeemed');
    expect(await world.transactions()).toBe(1);
    expect(didOf(await redeemer.step())).toEqual([]);
  });

  it('is not redeemed before its parameters have expired, which would show how to lose on purpose', async () => {
    await world.win(1);
    await world.anvil.mine(38);
    expect(await world.redeemer().step()).toEqual([]);
    await world.anvil.mine(2);
    expect(didOf(await world.redeemer().step())).toEqual(['submitted']);
  });

  it('is redeemed with all others, each once', async () => {
    await world.win(5);
    await world.expire();
    await world.settle(world.redeemer());
    expect(await world.paid()).toBe(5n * faceValueWei);
    expect(await world.transactions()).toBe(5);
  });

  it('waits while the sender has not the funds, and is redeemed when they come', async () => {
    await using poor = await RedemptionWorld.create(faceValueWei);
    await poor.win(3);
    await poor.expire();
    const redeemer = poor.redeemer({ restBlocks: 2n });
    const count = () => [...poor.ledger.winners('redeemed')].length;
    for (let block = 0; block < 20; block++) {
      await redeemer.step();
      await poor.anvil.mine();
    }
    // The deposit covers one and the reserve another.
    expect(count()).toBe(2);
    expect([...poor.ledger.winners('waiting')]).toMatchObject([
      { reason: expect.stringContaining('has 0 of') as string },
    ]);
    await poor.anvil.transact('fundDeposit', [], faceValueWei);
    await poor.settle(redeemer);
    expect(count()).toBe(3);
    expect(await poor.transactions()).toBe(3);
  });

  it('is lost when its round is too long ago', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    await world.anvil.transact('startRound');
    await world.anvil.transact('startRound');
    expect(didOf(await world.redeemer().step())).toEqual(['lost']);
    expect(world.ledger.winner(hashOf(winner))).toMatchObject({
      state: 'lost',
      reason: expect.stringContaining('expired') as string,
    });
    expect(await world.redeemer().step()).toEqual([]);
  });

  it('that somebody else redeemed counts as redeemed, once that is under enough blocks', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    await redeemAsSomebody(winner);
    expect(didOf(await world.redeemer().step())).toEqual(['postponed']);
    const steps = await world.settle(world.redeemer());
    expect(steps.at(-1)).toMatchObject({ did: 'redeemed', reason: 'By a transaction that is not in this ledger.' });
    expect(await world.transactions()).toBe(0);
    expect(await world.paid()).toBe(faceValueWei);
  });

  it('whose transaction lost the race for its nonce is redeemed with the next', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    expect(didOf(await world.redeemer().step())).toEqual(['submitted']);
    await drop(winner);
    const wallet = new Wallet(world.anvil.orchestrator, world.anvil.provider);
    await wallet.sendTransaction({
      to: hexlify(world.anvil.sender),
      value: 1n,
    });
    await world.anvil.mine();
    const steps = await world.settle(world.redeemer());
    expect(didOf(steps)).toEqual(['postponed', 'submitted', 'redeemed']);
    expect(await world.paid()).toBe(faceValueWei);
    expect(await world.transactions()).toBe(2);
  });

  it('whose transaction was dropped has it sent again', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    await world.redeemer().step();
    await drop(winner);
    const steps = await world.settle(world.redeemer());
    expect(didOf(steps)).toEqual(['sentAgain', 'redeemed']);
    expect(await world.transactions()).toBe(1);
    expect(await world.paid()).toBe(faceValueWei);
  });

  it('whose transaction waits too long has it replaced by a dearer one', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    const redeemer = world.redeemer({ stuckBlocks: 1n });
    await redeemer.step();
    const [first] = world.ledger.transactions(hashOf(winner));
    // Blocks go on without it: it comes back after each of them.
    await drop(winner);
    await world.anvil.mine();
    await world.redemption.send(first?.raw ?? '');
    expect(didOf(await redeemer.step())).toEqual(['replaced']);
    const [, second] = world.ledger.transactions(hashOf(winner));
    expect(second).toMatchObject({ nonce: first?.nonce });
    await world.settle(redeemer);
    expect(world.ledger.winner(hashOf(winner))?.transactionHash).toBe(second?.hash);
    expect(await world.paid()).toBe(faceValueWei);
    expect(await world.transactions()).toBe(1);
  });

  it('is never offered for redemption at more than it pays, however long its transaction waits', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    const redeemer = world.redeemer({ stuckBlocks: 1n });
    await redeemer.step();
    for (let block = 0; block < 30; block++) {
      const raw = world.ledger.transactions(hashOf(winner)).at(-1)?.raw ?? '';
      await drop(winner);
      await world.anvil.mine();
      await world.redemption.send(raw);
      await redeemer.step();
    }
    const transactions = world.ledger.transactions(hashOf(winner)).map(({ raw }) => Transaction.from(raw));
    const costs = transactions.map(({ gasLimit, maxFeePerGas }) => gasLimit * (maxFeePerGas ?? 0n));
    expect(costs.length).toBeGreaterThan(2);
    expect(costs.filter((wei) => wei >= faceValueWei)).toEqual([]);
    await world.settle(redeemer);
    expect(await world.paid()).toBe(faceValueWei);
    expect(await world.transactions()).toBe(1);
  });

  it('whose transaction waits behind one that is missing is redeemed in the place of that', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    const wallet = new Wallet(world.anvil.orchestrator, world.anvil.provider);
    const { hash } = await wallet.sendTransaction({ to: hexlify(world.anvil.sender), value: 1n });
    const redeemer = world.redeemer({ stuckBlocks: 2n });
    await redeemer.step();
    expect(world.ledger.transactions(hashOf(winner))).toMatchObject([{ nonce: 1 }]);
    await world.anvil.provider.send('anvil_dropTransaction', [hash]);
    const steps = await world.settle(redeemer);
    // The real chain of the tests forgets those behind it, too.
    expect(didOf(steps)).toEqual(['sentAgain', 'replaced', 'redeemed']);
    expect(world.ledger.transactions(hashOf(winner))).toMatchObject([{ nonce: 1 }, { nonce: 0 }]);
    expect(await world.paid()).toBe(faceValueWei);
    expect(await world.anvil.read('redemptions')).toBe(1n);
  });

  it('whose block was lost in a reorganisation is redeemed again', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    const redeemer = world.redeemer();
    await redeemer.step();
    await world.anvil.mine(2);
    expect(await world.paid()).toBe(faceValueWei);
    expect(didOf(await redeemer.step())).toEqual([]);
    // Two blocks are replaced by others, without the transaction.
    await world.anvil.provider.send('anvil_reorg', [2, []]);
    await drop(winner);
    expect(await world.paid()).toBe(0n);
    const steps = await world.settle(redeemer);
    expect(didOf(steps)).toEqual(['sentAgain', 'redeemed']);
    expect(await world.paid()).toBe(faceValueWei);
    expect(await world.transactions()).toBe(1);
  });

  it('whose block was lost, with another transaction in its place, is redeemed with the next nonce', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    const redeemer = world.redeemer();
    await redeemer.step();
    await world.anvil.mine(2);
    const wallet = new Wallet(world.anvil.orchestrator, world.anvil.provider);
    const other = await wallet.signTransaction({
      to: hexlify(world.anvil.sender),
      value: 1n,
      nonce: 0,
      gasLimit: 21_000n,
      gasPrice: 10n ** 10n,
      chainId: 31_337n,
      type: 0,
    });
    await world.anvil.provider.send('anvil_reorg', [2, [[other, 0]]]);
    await drop(winner);
    const steps = await world.settle(redeemer);
    expect(didOf(steps)).toEqual(['postponed', 'submitted', 'redeemed']);
    expect(await world.paid()).toBe(faceValueWei);
    expect(await world.transactions()).toBe(2);
  });

  it('is signed for by one of two processes that redeem the same ledger', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    const results = await Promise.allSettled([world.redeemer().step(), world.redeemer().step()]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(world.ledger.transactions(hashOf(winner))).toHaveLength(1);
    await world.settle(world.redeemer());
    expect(await world.transactions()).toBe(1);
  });

  it('is not signed for while the account cannot pay the gas, and rests', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    await setBalance(1n);
    const redeemer = world.redeemer();
    const steps = [];
    for (let block = 0; block < 30; block++) {
      steps.push(...(await redeemer.step()));
      await world.anvil.mine();
    }
    expect(didOf(steps)).toEqual(['postponed', 'postponed']);
    expect(steps[0]?.reason).toMatch(/has 1 wei, and redeeming a ticket can cost \d+: send it ether\.$/);
    expect(world.ledger.transactions(hashOf(winner))).toEqual([]);
  });

  it('whose transaction the network refused has the very same sent again after a rest', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    await using node = await LaggingNode.start(world.anvil.url);
    const chain = await world.connect(node.url);
    const redemption = chain.redemptionBy(world.anvil.orchestrator);
    const redeemer = world.redeemer({ chain, redemption, restBlocks: 3n });
    node.refuses.add('eth_sendRawTransaction');
    const steps = [];
    for (let block = 0; block < 7; block++) {
      steps.push(...(await redeemer.step()));
      await world.anvil.mine();
    }
    expect(didOf(steps)).toEqual(['postponed', 'postponed', 'postponed']);
    expect(world.ledger.transactions(hashOf(winner))).toHaveLength(1);
    node.refuses.clear();
    expect(didOf(await world.settle(redeemer))).toEqual(['submitted', 'redeemed']);
    expect(world.ledger.transactions(hashOf(winner))).toHaveLength(1);
    expect(await world.paid()).toBe(faceValueWei);
    chain.close();
  });

  it('whose dearer transaction is refused goes on waiting with the one before', async () => {
    const [winner] = await world.win(1);
    await world.expire();
    await using node = await LaggingNode.start(world.anvil.url);
    const chain = await world.connect(node.url);
    const redemption = chain.redemptionBy(world.anvil.orchestrator);
    const redeemer = world.redeemer({ chain, redemption, stuckBlocks: 1n, restBlocks: 1n });
    await redeemer.step();
    const [first] = world.ledger.transactions(hashOf(winner));
    await drop(winner);
    await world.anvil.mine();
    await world.redemption.send(first?.raw ?? '');
    node.refuses.add('eth_sendRawTransaction');
    expect(didOf(await redeemer.step())).toEqual([]);
    expect(stateOf(winner)).toBe('submitted');
    node.refuses.clear();
    expect(didOf(await world.settle(redeemer))).toEqual(['redeemed']);
    expect(await world.transactions()).toBe(1);
    expect(await world.paid()).toBe(faceValueWei);
    chain.close();
  });

  it('is tried later when the account cannot pay the gas', async () => {
    await world.win(1);
    await world.expire();
    await setBalance(1n);
    expect(didOf(await world.redeemer({ restBlocks: 2n }).step())).toEqual(['postponed']);
    await setBalance(10n ** 18n);
    await world.settle(world.redeemer());
    expect(await world.paid()).toBe(faceValueWei);
  });
});

function didOf(steps: readonly { did: string }[]): string[] {
  return steps.map(({ did }) => did);
}

function hashOf(winner: LedgerWinner | undefined): Uint8Array {
  if (winner === undefined) throw new Error('No ticket won.');
  return winner.winner.hash;
}

function stateOf(winner: LedgerWinner | undefined): string | undefined {
  return world.ledger.winner(hashOf(winner))?.state;
}

/** Takes the newest transaction of a ticket out of the pool of those that wait. */
async function drop(winner: LedgerWinner | undefined): Promise<void> {
  const hash = world.ledger.transactions(hashOf(winner)).at(-1)?.hash;
  await world.anvil.provider.send('anvil_dropTransaction', [hash]);
}

/** What the account that redeems has for gas, in wei. */
async function setBalance(wei: bigint): Promise<void> {
  await world.anvil.provider.send('anvil_setBalance', [hexlify(world.anvil.recipient), toBeHex(wei)]);
}

async function redeemAsSomebody(winner: LedgerWinner | undefined): Promise<void> {
  if (winner === undefined) throw new Error('No ticket won.');
  const { ticket, signature, recipientRand } = winner.winner;
  const somebody = new Wallet(new SigningKey(id('somebody')), world.anvil.provider);
  await world.anvil.provider.send('anvil_setBalance', [somebody.address, '0xde0b6b3a7640000']);
  await world.anvil.contract
    .connect(somebody)
    .getFunction('redeemWinningTicket')
    .send(
      [
        hexlify(ticket.recipient),
        hexlify(ticket.sender),
        ticket.faceValueWei,
        ticket.winProbability,
        ticket.senderNonce,
        hexlify(ticket.recipientRandHash),
        hexlify(auxiliaryData(ticket)),
      ],
      hexlify(signature),
      recipientRand,
    );
  await world.anvil.mine();
}
