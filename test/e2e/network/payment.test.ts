import { setTimeout as sleep } from 'node:timers/promises';

import { hexlify } from 'ethers/utils';
import { expect } from 'vitest';

import { freeTcpPort } from '../../servers/free-port.js';
import { GrowingSource } from '../../servers/growing-source.js';
import type { MediaServer } from '../../servers/media-server.js';
import type { NodeProcess } from '../../servers/node-process.js';
import { JobEvidence } from '../../../src/nodes/broadcaster/job-evidence.js';
import { OrchestratorClient } from '../../../src/nodes/broadcaster/orchestrator-client.js';
import { windowPixels } from '../../../src/nodes/paid-pixels.js';
import { parseEndpoint } from '../../../src/rpc/endpoint.js';
import { Signer } from '../../../src/trust/keys/signer.js';
import { Payer } from '../../../src/trust/payment/payer.js';
import { personalSignerOf } from '../../../src/trust/payment/personal-signature.js';
import { Anvil } from '../../trust/chain/anvil.js';
import { sampleOrder, sampleRendition } from '../../nodes/wire-samples.js';
import { SqliteLedger } from '../../../src/trust/ledger/sqlite-ledger.js';
import { liveSource, test } from './fixtures.js';
import { notify, tiny, withKey } from './network.js';
import { PaidNetwork, faceValueWei } from './paid-network.js';
import { testSecrets } from './transcript.js';

/**
 * A broadcaster that pays for its order, and never again whatever it is told; a double. Resolves with what it was told of
 * the attempt: `accepted`, `receipt`, `payment due`, and the code that it ended with.
 */
async function payOnce(network: PaidNetwork, address: string, inputUrl: string, outputUrl: string): Promise<string[]> {
  const { anvil } = network;
  const endpoint = parseEndpoint(address);
  if (endpoint === undefined) throw new Error('unreachable: it is an address');
  using client = new OrchestratorClient(endpoint, {});
  const { price } = await client.offer();
  const signer = new Signer(anvil.broadcaster.privateKey);
  const { terms } = client;
  if (terms === undefined) throw new Error('unreachable: there is an offer');
  const rendition = { ...sampleRendition('small'), outputUrl };
  const profile = { ...rendition.profile, width: 160, height: 90, bitrateBps: 200_000, gopMs: 500 };
  const source = { url: inputUrl, videoCodec: 'h264' };
  const bare = sampleOrder({ source, renditions: [{ ...rendition, profile }] });
  const { order } = new JobEvidence({ domain: { chainId: Number(Anvil.chainId) }, signer, windowMs: 500 }).sign(
    bare,
    terms,
    [],
  );
  const pixels = windowPixels(order, 500);
  const payer = new Payer({
    signer: personalSignerOf(signer),
    recipient: anvil.recipient,
    maxPrice: { wei: BigInt(price.wei), pixels: BigInt(price.pixels) },
    work: () => ({ nextPixels: pixels, aheadPixels: 2n * pixels }),
    limits: { maxTicketValueWei: faceValueWei, maxPaymentValueWei: 10n * faceValueWei, depositMultiplier: 1n },
  });
  const funds = { depositWei: faceValueWei, reserveWei: 1n, claimableReserveWei: 1n, withdrawRound: 0n };
  const view = { block: 1n, round: 0n, funds };
  payer.accept(await client.paymentParameters(anvil.sender, 1n), view);
  const due = payer.due(view);
  if (due.kind !== 'payment') throw new Error(`Nothing is to be paid: ${due.kind}.`);
  const told: string[] = [];
  await new Promise<void>((resolve) => {
    const call = client.runJob(
      {
        onAccepted: () => told.push('accepted'),
        onRefused: ({ message }) => {
          told.push(message);
          resolve();
        },
        onEvent: (_attempt, event) => {
          if (event.$case !== 'ended') return;
          told.push(event.value.fault?.code ?? 'finished');
          call.close();
          resolve();
        },
        onReceipt: () => told.push('receipt'),
        onPaymentStopped: () => undefined,
        onBroken: (_code, reason) => {
          told.push(reason);
          resolve();
        },
      },
      { onPaymentAnswer: () => undefined, onPaymentDue: () => told.push('payment due') },
    );
    call.pay(due.payment);
    call.order(order);
  });
  return told;
}

/** A job of one small rendition of a source of so many seconds. */
async function paidJob(broadcaster: NodeProcess, http: MediaServer, seconds: number) {
  const source = new GrowingSource(await liveSource(seconds), seconds);
  return notify(broadcaster, '/live/paid/0.ts', {
    inputUrl: http.on('/source/paid.ts', source.handler),
    outputUrl: http.url('/paid'),
    profiles: [tiny('small')],
    duration: seconds * 1000,
  });
}

test('A job is paid for as its receipts come, and what was won is redeemed, each ticket once', async ({ http }) => {
  await using network = await PaidNetwork.start();
  const { anvil } = network;
  const orchestrator = await network.orchestrator();
  const broadcaster = await network.broadcaster(orchestrator.serviceAddress);
  using job = await paidJob(broadcaster, http, 6);
  expect(await job.ended()).toBe('complete');
  expect(job.story).not.toContain('failover');
  const won = await orchestrator.metric('millrace_orchestrator_winning_tickets_total');
  expect(won).toBeGreaterThan(1);
  expect(await broadcaster.metric('millrace_broadcaster_paid_wei_total')).toBeGreaterThan(Number(faceValueWei));
  const redeemed = () => orchestrator.metric('millrace_orchestrator_redemptions_total', 'step="redeemed"');
  await anvil.mine(41);
  while ((await redeemed()) < won) {
    await sleep(100);
    await anvil.mine();
  }
  expect(await anvil.read('paidTo', hexlify(anvil.recipient))).toBe(BigInt(won) * faceValueWei);
  orchestrator.signal('SIGTERM');
  await orchestrator.ended();
  const ledger = new SqliteLedger(network.ledger, { readOnly: true });
  const kept = [...ledger.receipts()];
  const states = [...ledger.winners()].map(({ state }) => state);
  ledger.close();
  expect(states).toStrictEqual(Array.from({ length: won }, () => 'redeemed'));
  const told = job.events.filter(({ event }) => event === 'receipt');
  expect(kept.map(({ index }) => index)).toStrictEqual(told.map((_, index) => index));
});

test('What an orchestrator won before it was killed is redeemed by the next one on its ledger', async ({ http }) => {
  await using network = await PaidNetwork.start();
  const { anvil } = network;
  const killed = await network.orchestrator();
  const broadcaster = await network.broadcaster(killed.serviceAddress);
  using job = await paidJob(broadcaster, http, 20);
  await job.event('receipt', 3);
  const won = await killed.metric('millrace_orchestrator_winning_tickets_total');
  killed.signalAll('SIGKILL');
  await killed.ended();
  job[Symbol.dispose]();
  const orchestrator = await network.orchestrator();
  await anvil.mine(41);
  const redeemed = () => orchestrator.metric('millrace_orchestrator_redemptions_total', 'step="redeemed"');
  while ((await redeemed()) < won) {
    await sleep(100);
    await anvil.mine();
  }
  expect(won).toBeGreaterThan(0);
  expect(await anvil.read('paidTo', hexlify(anvil.recipient))).toBeGreaterThanOrEqual(BigInt(won) * faceValueWei);
});

test('A broadcaster that stops paying gets no further than what it paid for, and a little', async ({ http }) => {
  await using network = await PaidNetwork.start();
  const orchestrator = await network.orchestrator();
  const source = new GrowingSource(await liveSource(20), 20);
  const inputUrl = http.on('/source/unpaid.ts', source.handler);
  const told = await payOnce(network, orchestrator.serviceAddress, inputUrl, http.url('/unpaid/small/0.ts'));
  expect(told.at(0)).toBe('accepted');
  expect(told.filter((what) => what !== 'receipt').slice(1)).toStrictEqual(['payment due', 'INSUFFICIENT_BALANCE']);
  expect(told.filter((what) => what === 'receipt').length).toBeLessThan(30);
  expect(await orchestrator.metric('millrace_orchestrator_attempts_ended_total', 'fault_class="broadcaster"')).toBe(1);
});

test('A broadcaster that is about to take its deposit back gets no work, and is told why', async ({ http }) => {
  await using network = await PaidNetwork.start();
  const orchestrator = await network.orchestrator();
  await network.anvil.transact('unlock');
  await network.anvil.transact('startRound');
  const broadcaster = await network.broadcaster(orchestrator.serviceAddress);
  using job = await paidJob(broadcaster, http, 4);
  expect(await job.status()).toBe(503);
  await job.ended();
  expect(await broadcaster.metric('millrace_broadcaster_payments_stopped_total', 'SENDER_UNFUNDED')).toBe(1);
  expect(await orchestrator.metric('millrace_orchestrator_winning_tickets_total')).toBe(0);
});

test('A node whose chain does not answer says so and does not start', async ({ network }) => {
  const port = await freeTcpPort();
  const url = withKey(`http://127.0.0.1:${port}`);
  const start = network.node(['--orchestrator', '--transcoder'], [], { MILLRACE_ETH_URL: url });
  await expect(start).rejects.toThrow(/CHAIN_UNREACHABLE|node does not answer/);
});

testSecrets();
