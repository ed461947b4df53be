import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

import { BroadcasterPaymentMetrics } from '../../src/observe/broadcaster-payment-metrics.js';
import { OrchestratorPaymentMetrics } from '../../src/observe/orchestrator-payment-metrics.js';

test('An orchestrator counts what was paid, won and redeemed.', async () => {
  const registry = new Registry();
  const metrics = new OrchestratorPaymentMetrics(registry);
  metrics.payment(3, 0, '');
  metrics.payment(1, 2, 'NONCE_SEEN');
  metrics.won(10n ** 15n);
  metrics.redemption('submitted', 10n ** 15n);
  metrics.redemption('redeemed', 10n ** 15n);
  const text = await registry.metrics();
  expect(text).toContain('millrace_orchestrator_payment_tickets_total{outcome="accepted"} 4');
  expect(text).toContain('millrace_orchestrator_payment_tickets_total{outcome="NONCE_SEEN"} 2');
  expect(text).toContain('millrace_orchestrator_winning_tickets_total 1');
  expect(text).toContain('millrace_orchestrator_won_wei_total 1000000000000000');
  expect(text).toContain('millrace_orchestrator_redemptions_total{step="redeemed"} 1');
  expect(text).toContain('millrace_orchestrator_redeemed_wei_total 1000000000000000');
});

test('A broadcaster counts what it paid, and whom no further.', async () => {
  const registry = new Registry();
  const metrics = new BroadcasterPaymentMetrics(registry);
  metrics.paid(2, 5000);
  metrics.stopped('BALANCE_DISPUTED');
  const text = await registry.metrics();
  expect(text).toContain('millrace_broadcaster_payment_tickets_total 2');
  expect(text).toContain('millrace_broadcaster_paid_wei_total 5000');
  expect(text).toContain('millrace_broadcaster_payments_stopped_total{code="BALANCE_DISPUTED"} 1');
});
