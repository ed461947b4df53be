import { FaultClass, type AttemptEventBody, type Fault } from '../../rpc/attempt-event.js';
import type { WindowClosed } from '../../rpc/essence-window.js';
import type { EssenceWindow } from '../../transcoder/essence.js';
import type { Bytes32 } from '../../trust/keys/signature.js';
import type { Signer } from '../../trust/keys/signer.js';
import type { SignedTicket } from '../../trust/orders/ticket.js';
import { ReceiptBuilder, type MadeReceipt } from '../../trust/receipts/receipt-builder.js';
import { WindowChecker } from '../../trust/receipts/window-checker.js';
import type { SigningDomain } from '../../trust/typed-data/domain.js';
import { nodeFault } from '../fault.js';
import { windowOf } from '../wire-essence.js';

export interface ReceiptIssuerOptions {
  domain: SigningDomain;
  /** The orchestrator's own. */
  signer: Signer;
  ticket: SignedTicket;
  /** The ticket's. */
  hash: Bytes32;
}

/** Makes the receipts of one attempt out of what its transcoder tells. */
export class ReceiptIssuer {
  /** The order that they answer, and its hash. */
  readonly order: Pick<ReceiptIssuerOptions, 'ticket' | 'hash'>;
  readonly #windows: WindowChecker;
  readonly #receipts: ReceiptBuilder;

  constructor({ domain, signer, ticket, hash }: ReceiptIssuerOptions) {
    this.order = { ticket, hash };
    const { message } = ticket;
    this.#windows = new WindowChecker(message);
    const renditions = message.renditions.map(({ name }) => name);
    this.#receipts = new ReceiptBuilder({ domain, signer, ticket: hash, renditions });
  }

  /** What is wrong with a window that the transcoder tells of, which the broadcaster would refuse a receipt for. */
  faultOf(event: AttemptEventBody): Fault | undefined {
    const closed = event.$case === 'windowClosed' ? closedWindow(event.value) : undefined;
    if (closed === undefined || this.#receipts.closed) return undefined;
    const { medium, window } = closed;
    const fault = medium === '' ? this.#windows.checkSource(window) : this.#windows.checkRendition(medium, window);
    return fault && nodeFault(FaultClass.FAULT_CLASS_TRANSCODER, 'WINDOW_REFUSED', `${fault.code}: ${fault.message}`);
  }

  /** The receipts that are due by what the transcoder tells. */
  receiptsFor(event: AttemptEventBody): MadeReceipt[] {
    switch (event.$case) {
      case 'windowClosed': {
        const closed = closedWindow(event.value);
        if (closed === undefined) return [];
        const { medium, window } = closed;
        return medium === '' ? this.#receipts.addSource(window) : this.#receipts.addRendition(medium, window);
      }
      case 'renditionFailed':
        return this.#receipts.leaveOut(event.value.name);
      case 'ended':
        return this.#receipts.end();
      case 'started':
      case 'renditionStarted':
      case 'progress':
      case 'renditionFinished':
      case 'warning':
        return [];
    }
  }
}

function closedWindow({ window, last }: WindowClosed): { medium: string; window: EssenceWindow } | undefined {
  if (window === undefined) return undefined;
  // The broadcaster has the chain from the roots, in their order.
  return { medium: window.medium, window: { ...windowOf(window), chain: '', last } };
}
