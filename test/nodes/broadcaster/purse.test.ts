import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

import { Purse } from '../../../src/nodes/broadcaster/purse.js';
import { BroadcasterPaymentMetrics } from '../../../src/observe/broadcaster-payment-metrics.js';
import { defaultSenderLimits } from '../../../src/trust/payment/sender-checks.js';
import { PaymentWorld } from '../../trust/payment/payment-world.js';
import { silentLog } from '../silent-log.js';

async function opened(): Promise<Purse> {
  const world = new PaymentWorld();
  const refresh = () => Promise.resolve(world.view);
  return Purse.open({
    chain: { chainId: 1n, view: () => world.view, refresh, senderFunds: () => Promise.resolve(world.funds) },
    ...{ signer: world.broadcaster, limits: defaultSenderLimits, pollEveryMs: 60_000, log: silentLog },
    metrics: new BroadcasterPaymentMetrics(new Registry()),
  });
}

test('What an orchestrator claims to have lost is kept over its calls, and apart from others.', async () => {
  await using purse = await opened();
  const disputes = purse.disputesWith('one.example:8935');
  expect(purse.disputesWith('one.example:8935')).toBe(disputes);
  expect(purse.disputesWith('two.example:8935')).not.toBe(disputes);
});

test('Of more than a thousand orchestrators, the one that was not called for longest is forgotten.', async () => {
  await using purse = await opened();
  const used = purse.disputesWith('used.example:1');
  const unused = purse.disputesWith('unused.example:1');
  for (let port = 0; port < 999; port += 1) {
    purse.disputesWith(`example:${port}`);
    expect(purse.disputesWith('used.example:1')).toBe(used);
  }
  expect(purse.disputesWith('unused.example:1')).not.toBe(unused);
});
