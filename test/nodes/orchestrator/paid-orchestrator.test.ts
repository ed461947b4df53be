import { once, EventEmitter } from 'node:events';

import { status } from '@grpc/grpc-js';
import { id } from 'ethers/hash';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

import { JobEvidence } from '../../../src/nodes/broadcaster/job-evidence.js';
import { OrchestratorClient, type PayableCall } from '../../../src/nodes/broadcaster/orchestrator-client.js';
import { Orchestrator } from '../../../src/nodes/orchestrator/orchestrator.js';
import { PaymentDesk } from '../../../src/nodes/orchestrator/payment-desk.js';
import { windowPixels } from '../../../src/nodes/paid-pixels.js';
import { OrchestratorMetrics } from '../../../src/observe/orchestrator-metrics.js';
import { OrchestratorPaymentMetrics } from '../../../src/observe/orchestrator-payment-metrics.js';
import type { Progress } from '../../../src/rpc/attempt-event.js';
import type { ValidOrder } from '../../../src/rpc/order.js';
import { Signer } from '../../../src/trust/keys/signer.js';
import type { Payment } from '../../../src/trust/payment/payment.js';
import { numberOf } from '../../../src/trust/payment/uint256.js';
import { PaymentWorld } from '../../trust/payment/payment-world.js';
import { broadcasterTrust, orchestratorTrust, sampleSigners } from '../sample-trust.js';
import { ScriptedTranscoder } from '../scripted-transcoder.js';
import { silentLog } from '../silent-log.js';
import { sampleFault, sampleOrder, sampleProgress } from '../wire-samples.js';

const price = { wei: 1, pixels: 1 };
const window = windowPixels(sampleOrder(), 2000);

/** An orchestrator that is paid a wei for a pixel, with one transcoder, and a call of a broadcaster; the chain is a double. */
class PaidOrchestrator extends EventEmitter<Record<'changed', []>> implements AsyncDisposable {
  readonly world: PaymentWorld;
  readonly call: PayableCall;
  readonly transcoder: ScriptedTranscoder;
  /** The codes of payments that were answered, in their order. */
  readonly answers: string[] = [];
  /** In short: `accepted`, `refused 12` with the wei that are missing, `ended`, `broken 3`. */
  readonly told: string[] = [];
  readonly #orchestrator: Orchestrator;
  readonly #client: OrchestratorClient;

  static async start(): Promise<PaidOrchestrator> {
    const world = new PaymentWorld();
    const payment = new PaymentDesk({
      chain: { chainId: 1n, view: () => world.view, senderFunds: () => Promise.resolve(world.funds) },
      ledger: { keepWinner: () => undefined, pendingWei: () => 0n },
      ...{ recipient: world.orchestrator.address, price: { wei: 1n, pixels: 1n } },
      ...{ ticketValueWei: window, redeemGas: 1n, log: silentLog },
      metrics: new OrchestratorPaymentMetrics(new Registry()),
    });
    const orchestrator = await Orchestrator.start({
      ...{ endpoint: { host: '127.0.0.1', port: 0 }, secret: 'secret', price, ...orchestratorTrust },
      ...{ maxSessions: 'auto', payment, log: silentLog, metrics: new OrchestratorMetrics(new Registry()) },
    });
    const paid = new PaidOrchestrator(orchestrator, world);
    await paid.transcoder.until(({ connections }) => connections > 0);
    return paid;
  }

  private constructor(orchestrator: Orchestrator, world: PaymentWorld) {
    super();
    this.world = world;
    this.#orchestrator = orchestrator;
    this.#client = new OrchestratorClient(orchestrator.endpoint, {});
    this.transcoder = new ScriptedTranscoder('first', orchestrator.endpoint);
    const tell = (what: string) => {
      this.told.push(what);
      this.emit('changed');
    };
    const nothing = () => undefined;
    this.call = this.#client.runJob(
      {
        onAccepted: () => {
          tell('accepted');
        },
        onRefused: ({ neededWei }) => {
          tell(`refused ${numberOf(neededWei ?? new Uint8Array())}`);
        },
        onEvent: (_, { $case }) => {
          tell($case);
        },
        ...{ onReceipt: nothing, onPaymentStopped: nothing },
        onBroken: (code) => {
          tell(`broken ${code}`);
        },
      },
      { onPaymentAnswer: ({ code }) => this.answers.push(code), onPaymentDue: nothing },
    );
  }

  /** A payment of one ticket, which is worth a window. */
  async payment(): Promise<Payment> {
    const { payer, payerView, broadcaster } = this.world;
    payer.accept(await this.#client.paymentParameters(broadcaster.address, 0n), payerView);
    const { tickets, ...payment } = this.world.payment();
    return { ...payment, tickets: tickets.slice(0, 1) };
  }

  order(attempt: number): ValidOrder {
    const signer = new Signer(id('the broadcaster of the tests'));
    const terms = { orchestrator: sampleSigners.orchestrator.address, price };
    const { order } = new JobEvidence({ ...broadcasterTrust, signer }).sign(sampleOrder({ attempt }), terms, []);
    this.call.order(order);
    return order;
  }

  async hears(what: string | RegExp): Promise<void> {
    const matches = (said: string) => (typeof what === 'string' ? said === what : what.test(said));
    while (!this.told.some(matches)) await once(this, 'changed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
    this.transcoder[Symbol.dispose]();
    await this.#orchestrator[Symbol.asyncDispose]();
  }
}

/** Pays 50 times, as is said; gives the codes of the answers, and what was told at last. */
async function pay50(change: (payment: Payment, time: number, world: PaymentWorld) => Payment) {
  await using paid = await PaidOrchestrator.start();
  const payment = await paid.payment();
  for (let time = 0; time < 50; time += 1) paid.call.pay(change(payment, time, paid.world));
  await paid.hears(/^broken/);
  return { answers: paid.answers, told: paid.told };
}

test('A payment with a wrong signature is answered, and ends the call.', async () => {
  const { answers, told } = await pay50((payment) => ({
    ...payment,
    tickets: payment.tickets.map((ticket) => ({ ...ticket, signature: ticket.signature.with(1, 0) })),
  }));
  expect(answers).toStrictEqual(['SIGNATURE_INVALID']);
  expect(told).toStrictEqual([`broken ${status.INVALID_ARGUMENT}`]);
});

test('A payment of somebody else than before is answered, and ends the call.', async () => {
  const { answers, told } = await pay50((payment, time, { orchestrator }) =>
    time === 0 ? payment : { ...payment, sender: orchestrator.address },
  );
  expect(answers).toStrictEqual(['', 'SENDER_INVALID']);
  expect(told).toStrictEqual([`broken ${status.PERMISSION_DENIED}`]);
});

test('The same payment over and over is answered a few times, and ends the call.', async () => {
  const { answers, told } = await pay50((payment) => payment);
  expect(answers).toStrictEqual(['', ...Array<string>(10).fill('NONCE_SEEN')]);
  expect(told).toStrictEqual([`broken ${status.RESOURCE_EXHAUSTED}`]);
});

/** So much of a window was encoded, and no receipt is for it. */
function halfAWindow(): Progress {
  const { renditions, ...progress } = sampleProgress(1, 1);
  return { ...progress, renditions: renditions.map((each) => ({ ...each, pixelsEncoded: Number(window / 2n) })) };
}

test('Where the source failed in mid-window, that window is owed, and the next one is not paid.', async () => {
  await using paid = await PaidOrchestrator.start();
  paid.call.pay(await paid.payment());
  const order = paid.order(1);
  await paid.hears('accepted');
  paid.transcoder.tell(order, {
    $case: 'ended',
    value: { fault: sampleFault('source'), progress: halfAWindow() },
  });
  await paid.hears('ended');
  paid.order(2);
  await paid.hears(/^refused/);
  // The ticket is worth a touch more than a window.
  expect(paid.told.at(-1)).toMatch(new RegExp(`^refused (${window / 2n}|${window / 2n - 1n})$`));
});

test('Where the transcoder was lost in mid-window, nothing is owed for that window.', async () => {
  await using paid = await PaidOrchestrator.start();
  paid.call.pay(await paid.payment());
  const order = paid.order(1);
  await paid.hears('accepted');
  paid.transcoder.tell(order, { $case: 'progress', value: halfAWindow() });
  await paid.hears('progress');
  paid.transcoder[Symbol.dispose]();
  await paid.hears('ended');
  paid.order(2);
  await paid.hears(/^refused/);
  // For want of a transcoder, and not of wei.
  expect(paid.told.at(-1)).toBe('refused 0');
});
