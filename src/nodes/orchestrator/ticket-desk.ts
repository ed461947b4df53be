import type { ValidOrder } from '../../rpc/order.js';
import type { Signer } from '../../trust/keys/signer.js';
import type { Address } from '../../trust/keys/signature.js';
import { TicketAcceptance } from '../../trust/orders/ticket-acceptance.js';
import type { SigningDomain } from '../../trust/typed-data/domain.js';
import { fromHex } from '../hex.js';
import { ticketOf } from '../wire-ticket.js';
import { ReceiptIssuer } from './receipt-issuer.js';

export interface TicketDeskOptions {
  domain: SigningDomain;
  signer: Signer;
  /** Whose orders are taken. Absent: anybody's. */
  broadcasters?: readonly Address[] | undefined;
  /** The least that is worked for. */
  price: { wei: number; pixels: number };
}

/** What comes of an order at the desk. */
export type Admission =
  | { admitted: true; order: ValidOrder; receipts: ReceiptIssuer }
  /** `message` begins with a stable word. */
  | { admitted: false; message: string };

/** Where an orchestrator looks at the tickets of orders, and opens the receipts of those that it takes. */
export class TicketDesk {
  readonly #options: TicketDeskOptions;
  readonly #acceptance: TicketAcceptance;

  constructor(options: TicketDeskOptions) {
    this.#options = options;
    const { domain, signer, broadcasters, price } = options;
    this.#acceptance = new TicketAcceptance({
      domain,
      orchestrator: signer.address,
      leastPrice: price,
      ...(broadcasters !== undefined && { broadcasters }),
    });
  }

  /** Whom tickets are to be made out to. */
  get address(): Uint8Array {
    return fromHex(this.#options.signer.address);
  }

  /** The order of an admission is what goes to the transcoder: without the ticket, and with the windows it asks for. */
  admit({ ticket, ...order }: ValidOrder): Admission {
    if (ticket === undefined)
      return { admitted: false, message: 'TICKET_MISSING: This orchestrator takes orders with a signed ticket only.' };
    const signed = ticketOf(order, ticket);
    const decision = this.#acceptance.decide(signed);
    if (!decision.accepted) return { admitted: false, message: `${decision.code}: ${decision.message}` };
    const { domain, signer } = this.#options;
    const receipts = new ReceiptIssuer({ domain, signer, ticket: signed, hash: decision.hash });
    return { admitted: true, order: { ...order, windowMs: decision.ticket.windowMs }, receipts };
  }
}
