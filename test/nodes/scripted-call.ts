import { EventEmitter, once } from 'node:events';

import type { CallListener, JobCall, OrchestratorClient } from '../../src/nodes/broadcaster/orchestrator-client.js';
import type { ValidOrder } from '../../src/rpc/order.js';
import type { IssuedReceipt } from '../../src/trust/receipts/receipt.js';
import { signed } from './sample-trust.js';

/** A broadcaster's call of which the test says what is ordered, and which keeps what it was told. */
export class ScriptedCall extends EventEmitter<Record<'changed', []>> {
  /** Each thing in short: `accepted 1`, `refused 1 FULL`, `started 1`, `ended 1 TRANSCODER_LOST`, `broken`. */
  readonly told: string[] = [];
  /** Of the last refusal. */
  retryAfterMs: number | undefined;
  /** Likewise. */
  reason: string | undefined;
  readonly call: JobCall;
  readonly receipts: IssuedReceipt[] = [];

  constructor(client: OrchestratorClient) {
    super();
    const tell = (what: string) => {
      this.told.push(what);
      this.emit('changed');
    };
    const listener: CallListener = {
      onAccepted: ({ attempt }) => {
        tell(`accepted ${attempt}`);
      },
      onRefused: ({ attempt, reason, message, retryAfterMs }) => {
        this.retryAfterMs = retryAfterMs;
        this.reason = message;
        tell(`refused ${attempt} ${reason.replace('REFUSAL_REASON_', '')}`);
      },
      onEvent: (attempt, event) => {
        const code = event.$case === 'ended' ? event.value.fault?.code : undefined;
        tell(`${event.$case} ${attempt}${code === undefined ? '' : ` ${code}`}`);
      },
      onReceipt: (attempt, receipt) => {
        this.receipts.push(receipt);
        tell(`receipt ${attempt} ${receipt.message.index}${receipt.message.final ? ' final' : ''}`);
      },
      onPaymentStopped: ({ code }) => {
        tell(`payment stopped ${code}`);
      },
      onBroken: (code) => {
        tell(`broken ${code}`);
      },
    };
    this.call = client.runJob(listener);
  }

  /** Orders it with a ticket. */
  order(order: ValidOrder): void {
    this.call.order(signed(order).order);
  }

  /** Resolves when this was told. */
  async hears(what: string | RegExp): Promise<void> {
    const matches = (said: string) => (typeof what === 'string' ? said === what : what.test(said));
    while (!this.told.some(matches)) await once(this, 'changed');
  }
}
