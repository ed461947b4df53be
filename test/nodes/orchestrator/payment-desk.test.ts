import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { PaymentDesk } from '../../../src/nodes/orchestrator/payment-desk.js';
import { OrchestratorPaymentMetrics } from '../../../src/observe/orchestrator-payment-metrics.js';
import type { SenderFunds } from '../../../src/trust/chain/chain.js';
import { ether, PaymentWorld } from '../../trust/payment/payment-world.js';
import { silentLog } from '../silent-log.js';

const honest = address(0xffff);
const nothing: SenderFunds = { depositWei: 0n, reserveWei: 0n, claimableReserveWei: 0n, withdrawRound: 0n };
const funded: SenderFunds = { ...nothing, depositWei: ether, reserveWei: ether, claimableReserveWei: ether };
const tooMany = { code: 'CHAIN_UNREACHABLE' };
const unfunded = { code: 'SENDER_UNFUNDED' };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('The chain is asked about a sender once in ten seconds, and again at once when it did not answer.', async () => {
  const { chain, desk } = opened();
  await Promise.all([desk.parametersFor(honest, 0n), desk.parametersFor(honest, 0n)]);
  expect(chain.asked).toHaveLength(1);
  vi.advanceTimersByTime(10_000);
  chain.fails = true;
  await expect(desk.parametersFor(honest, 0n)).rejects.toThrow('no answer');
  chain.fails = false;
  await desk.parametersFor(honest, 0n);
  expect(chain.asked).toHaveLength(3);
});

test('A thousand strangers do not make the chain be asked anew about a sender with funds.', async () => {
  const { chain, desk } = opened();
  await desk.parametersFor(honest, 0n);
  for (let index = 0; index < 1500; index++)
    await expect(desk.parametersFor(address(index), 0n)).rejects.toMatchObject(unfunded);
  const before = chain.asked.length;
  await desk.parametersFor(honest, 0n);
  expect(chain.asked).toHaveLength(before);
  // The newest strangers are remembered as well, and only the oldest are not.
  await expect(desk.parametersFor(address(1499), 0n)).rejects.toMatchObject(unfunded);
  expect(chain.asked).toHaveLength(before);
  await expect(desk.parametersFor(address(0), 0n)).rejects.toMatchObject(unfunded);
  expect(chain.asked).toHaveLength(before + 1);
});

test('The chain is asked about a few strangers at a time, and those with funds need not wait for them.', async () => {
  const { chain, desk } = opened();
  await desk.parametersFor(honest, 0n);
  vi.advanceTimersByTime(10_000);
  chain.hold();
  const answers = Array.from({ length: 50 }, (_, index) => desk.parametersFor(address(index), 0n));
  const outcomes = Promise.allSettled(answers);
  await expect(answers[49]).rejects.toMatchObject(tooMany);
  expect(chain.asked).toHaveLength(1 + 16);
  const mine = desk.parametersFor(honest, 0n);
  expect(chain.asked).toHaveLength(1 + 16 + 1);
  chain.release();
  await mine;
  const codes = (await outcomes).map((each) => each.status === 'rejected' && (each.reason as { code: string }).code);
  expect(codes.filter((code) => code === unfunded.code)).toHaveLength(16);
  expect(codes.filter((code) => code === tooMany.code)).toHaveLength(34);
  await expect(desk.parametersFor(address(49), 0n)).rejects.toMatchObject(unfunded);
});

/** A double of a chain, which says what it was asked. */
class AskedChain {
  readonly chainId = 1n;
  readonly asked: Uint8Array[] = [];
  fails = false;
  #held: Promise<void> | undefined;
  #release: (() => void) | undefined;

  view() {
    return new PaymentWorld().view;
  }

  async senderFunds(sender: Uint8Array): Promise<SenderFunds> {
    this.asked.push(sender);
    await this.#held;
    if (this.fails) throw new Error('no answer');
    return sender === honest ? funded : nothing;
  }

  hold(): void {
    this.#held = new Promise((resolve) => (this.#release = resolve));
  }

  release(): void {
    this.#held = undefined;
    this.#release?.();
  }
}

function opened(): { chain: AskedChain; desk: PaymentDesk } {
  const chain = new AskedChain();
  const desk = new PaymentDesk({
    chain,
    ledger: { keepWinner: () => undefined, pendingWei: () => 0n },
    recipient: address(1),
    price: { wei: 1n, pixels: 1n },
    log: silentLog,
    metrics: new OrchestratorPaymentMetrics(new Registry()),
  });
  return { chain, desk };
}

function address(index: number): Uint8Array {
  const bytes = new Uint8Array(20).fill(1);
  new DataView(bytes.buffer).setUint32(0, index);
  return bytes;
}
