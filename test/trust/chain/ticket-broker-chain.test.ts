import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

import { hexlify } from 'ethers/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { maxFloatOf } from '../../../src/trust/chain/chain.js';
import { OffchainChain } from '../../../src/trust/chain/offchain-chain.js';
import { TicketBrokerChain } from '../../../src/trust/chain/ticket-broker-chain.js';
import { hashOfPaymentTicket } from '../../../src/trust/payment/payment-ticket.js';
import { toHex } from '../../../src/nodes/hex.js';
import { freeTcpPort } from '../../servers/free-port.js';
import { Anvil } from './anvil.js';
import { LaggingNode } from './lagging-node.js';

let anvil: Anvil;
beforeAll(async () => {
  anvil = await Anvil.start();
});
afterAll(async () => {
  await anvil[Symbol.asyncDispose]();
});

describe('TicketBroker', () => {
  it('says what a sender has deposited and reserved, and when it can take it back', async () => {
    const chain = await connect();
    const nothing = { depositWei: 0n, reserveWei: 0n, claimableReserveWei: 0n, withdrawRound: 0n };
    expect(await chain.senderFunds(anvil.recipient)).toEqual(nothing);
    await anvil.transact('fundDepositAndReserve', [5n, 7n], 12n);
    const funds = { depositWei: 5n, reserveWei: 7n, claimableReserveWei: 7n, withdrawRound: 0n };
    expect(await chain.senderFunds(anvil.sender)).toEqual(funds);
    await anvil.transact('unlock');
    expect(await chain.senderFunds(anvil.sender)).toEqual({ ...funds, withdrawRound: 3n });
    chain.close();
  });

  it('shows the newest block, the round and the price of gas after each refresh', async () => {
    const chain = await connect();
    const before = chain.view();
    await anvil.transact('startRound');
    expect(chain.view()).toEqual(before);
    const after = await chain.refresh();
    expect(after.block).toBe(before.block + 1n);
    expect(after.round).toBe(before.round + 1n);
    expect(toHex(after.roundBlockHash)).not.toBe(toHex(before.roundBlockHash));
    expect(after.gasPriceWei).toBeGreaterThan(0n);
    expect(chain.view()).toEqual(after);
    chain.close();
  });

  it('never goes back, whichever of several nodes is asked, and goes on once they have caught up', async () => {
    await using node = await LaggingNode.start(anvil.url);
    const chain = await connect({ rpcUrl: node.url });
    const before = chain.view();
    node.lag = 2;
    expect(await chain.refresh()).toEqual(before);
    expect(chain.view()).toEqual(before);
    await anvil.transact('startRound');
    await anvil.mine(2);
    expect(await chain.refresh()).toMatchObject({ block: before.block + 1n, round: before.round + 1n });
    chain.close();
  });

  it('is asked once by all who want to know at the same time', async () => {
    await using node = await LaggingNode.start(anvil.url);
    const chain = await connect({ rpcUrl: node.url });
    const before = node.asked.get('eth_getBlockByNumber') ?? 0;
    await Promise.all([chain.refresh(), chain.refresh(), chain.refresh()]);
    expect(node.asked.get('eth_getBlockByNumber')).toBe(before + 1);
    await chain.refresh();
    expect(node.asked.get('eth_getBlockByNumber')).toBe(before + 2);
    chain.close();
  });

  it('knows a ticket by the hash that is worked out here', async () => {
    const ticket = {
      recipient: anvil.recipient,
      sender: anvil.sender,
      faceValueWei: 3n,
      winProbability: 1n << 255n,
      senderNonce: 9,
      recipientRandHash: new Uint8Array(32).fill(4),
      creationRound: 0n,
      creationRoundBlockHash: new Uint8Array(32),
    };
    const hash = (await anvil.contract
      .getFunction('getTicketHash')
      .staticCall([
        hexlify(ticket.recipient),
        hexlify(ticket.sender),
        3n,
        1n << 255n,
        9,
        hexlify(ticket.recipientRandHash),
        '0x',
      ])) as string;
    expect(hash).toBe(hexlify(hashOfPaymentTicket(ticket)));
  });

  it('is refused on another chain than that of the settings', async () => {
    await expect(connect({ chainId: 1n })).rejects.toMatchObject({ code: 'CHAIN_MISCONFIGURED' });
  });

  it('is refused when there is no controller', async () => {
    const controller = hexlify(anvil.recipient);
    await expect(connect({ controller })).rejects.toMatchObject({ code: 'CHAIN_MISCONFIGURED' });
  });

  it('cannot be asked where nobody listens, and the key in the address is not shown', async () => {
    const rpcUrl = `http://127.0.0.1:${await freeTcpPort()}/v2/secret-key`;
    const error = await connect({ rpcUrl }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'ChainError', code: 'CHAIN_UNREACHABLE' });
    expect(shown(error)).not.toContain('secret-key');
  });

  it.each([401, 500])(
    'cannot be asked where %i is answered, and the key in the address is not shown',
    async (status) => {
      const server = createServer((_, response) => response.writeHead(status).end('go away')).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const rpcUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/secret-key`;
      const error = await connect({ rpcUrl }).catch((caught: unknown) => caught);
      server.close();
      expect(error).toMatchObject({ name: 'ChainError', code: 'CHAIN_UNREACHABLE' });
      expect(shown(error)).not.toContain('secret-key');
    },
  );
});

describe('Offchain', () => {
  it('nobody has or owes anything', async () => {
    const chain = new OffchainChain();
    expect(await chain.senderFunds()).toEqual({
      depositWei: 0n,
      reserveWei: 0n,
      claimableReserveWei: 0n,
      withdrawRound: 0n,
    });
    expect(await chain.refresh()).toEqual(chain.view());
    chain.close();
  });
});

describe('The most that a recipient counts on', () => {
  const funds = { depositWei: 300n, reserveWei: 900n, claimableReserveWei: 90n, withdrawRound: 0n };
  it.each([
    [0n, 90n],
    [100n, 90n],
    [101n, 0n],
  ])('with %i wei pending is %i', (pendingWei, maxFloatWei) => {
    expect(maxFloatOf(funds, pendingWei)).toBe(maxFloatWei);
  });

  it('is what the reserve has left beyond what is pending', () => {
    expect(maxFloatOf({ ...funds, depositWei: 0n }, 40n)).toBe(50n);
  });
});

async function connect(changes: Partial<Parameters<typeof TicketBrokerChain.connect>[0]> = {}) {
  return TicketBrokerChain.connect({
    rpcUrl: anvil.url,
    chainId: Anvil.chainId,
    controller: anvil.controller,
    claimant: anvil.recipient,
    ...changes,
  });
}

function shown(error: unknown): string {
  return JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error);
}
