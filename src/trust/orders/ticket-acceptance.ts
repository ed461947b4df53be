import { address, type Address, type Bytes32 } from '../keys/signature.js';
import type { SigningDomain } from '../typed-data/domain.js';
import { faultOf } from '../typed-data/fields.js';

import { SpentTickets } from './spent-tickets.js';
import { ticketMessage, type Ticket, type TicketPrice } from './ticket.js';

/** What an orchestrator takes. */
export interface TicketPolicy {
  domain: SigningDomain;
  /** The orchestrator's own. */
  orchestrator: Address;
  /** Whose orders are taken. Default: anybody's. */
  broadcasters?: readonly Address[];
  /** The least that is worked for. Default: nothing. */
  leastPrice?: TicketPrice;
  /** How far the broadcaster's clock may be from this one, in seconds. Default 30. */
  clockToleranceS?: number;
  /** How long a ticket may be valid, in seconds, from now on: it is remembered until then. Default 300. */
  longestValidityS?: number;
  /** How many tickets are remembered at once. Default 200,000: 2,000 a second that are valid for a minute. */
  capacity?: number;
  /** How many of them may be of one broadcaster once no more room than that is left. Default 20,000. */
  share?: number;
  /** In milliseconds since 1970. Default `Date.now`. */
  clock?: () => number;
}

/** Why a ticket is refused. The codes are stable. */
export type TicketRefusalCode =
  /** It is no ticket, or its signature is none that is taken. */
  | 'TICKET_MALFORMED'
  /** Not signed by the broadcaster that it names, or not for the order that came with it. */
  | 'TICKET_WRONG_SIGNER'
  | 'TICKET_NOT_FOR_US'
  | 'TICKET_BROADCASTER_DENIED'
  | 'TICKET_NOT_YET_VALID'
  | 'TICKET_EXPIRED'
  | 'TICKET_VALID_TOO_LONG'
  | 'TICKET_PRICE_TOO_LOW'
  /** It was taken before. */
  | 'TICKET_REPLAYED'
  /** More tickets of its broadcaster came in a short time than are remembered of one. */
  | 'TICKET_SHARE_FULL'
  /** More tickets than can be remembered came in a short time, of all broadcasters together. */
  | 'TICKET_MEMORY_FULL';

/** What becomes of a ticket. */
export type TicketDecision =
  | { accepted: true; ticket: Ticket; hash: Bytes32 }
  /** `message` is a sentence without secrets. */
  | { accepted: false; code: TicketRefusalCode; message: string };

/**
 * Decides about tickets, for one orchestrator. Which tickets were taken is kept in memory: after a restart, one that is
 * still valid can be taken once more.
 */
export class TicketAcceptance {
  readonly #policy: Required<Omit<TicketPolicy, 'broadcasters' | 'leastPrice' | 'capacity' | 'share'>>;
  readonly #broadcasters: ReadonlySet<Address> | undefined;
  readonly #leastPrice: TicketPrice;
  readonly #spent: SpentTickets;

  constructor({ broadcasters, leastPrice, capacity, share, ...policy }: TicketPolicy) {
    this.#policy = { clockToleranceS: 30, longestValidityS: 300, clock: Date.now, ...policy };
    address.parse(policy.orchestrator);
    this.#broadcasters = broadcasters === undefined ? undefined : new Set(broadcasters);
    this.#leastPrice = leastPrice ?? { wei: 0, pixels: 1 };
    this.#spent = new SpentTickets({ capacity: capacity ?? 200_000, share: share ?? 20_000 });
  }

  /**
   * Decides, and remembers a ticket that is accepted. `signed` is unchecked: it is the ticket that the order at hand would
   * have, made from that order by {@link ticketFor}, and the signature that came with it. Whatever was changed about the
   * order, it is not what was signed.
   */
  decide(signed: unknown): TicketDecision {
    const parsed = ticketMessage.signedSchema.safeParse(signed);
    if (!parsed.success) return refuse('TICKET_MALFORMED', faultOf(parsed.error));
    const ticket = parsed.data.message;
    // The signature costs most, so it is looked at last.
    const refusal = this.#refusalOf(ticket);
    if (refusal !== undefined) return refusal;
    const check = ticketMessage.checkParsed(this.#policy.domain, parsed.data, ticket.broadcaster);
    if (check.valid) return this.#spend(ticket, check.hash);
    return refuse(
      'TICKET_WRONG_SIGNER',
      `The ticket was not signed by ${ticket.broadcaster}, or not for this order: it, or the ticket, was changed since.`,
    );
  }

  #refusalOf({ orchestrator, broadcaster, notBefore, notAfter, price }: Ticket): TicketDecision | undefined {
    const { clockToleranceS, longestValidityS } = this.#policy;
    const now = this.#now();
    if (orchestrator !== this.#policy.orchestrator)
      return refuse(
        'TICKET_NOT_FOR_US',
        `The ticket is for ${orchestrator}, and this is ${this.#policy.orchestrator}.`,
      );
    if (this.#broadcasters?.has(broadcaster) === false)
      return refuse('TICKET_BROADCASTER_DENIED', `Orders of ${broadcaster} are not taken here.`);
    if (notBefore > now + clockToleranceS)
      return refuse('TICKET_NOT_YET_VALID', `The ticket is valid in ${notBefore - now} s: compare the clocks.`);
    if (notAfter + clockToleranceS <= now)
      return refuse('TICKET_EXPIRED', `The ticket expired ${now - notAfter} s ago: compare the clocks.`);
    if (notAfter > now + longestValidityS + clockToleranceS)
      return refuse(
        'TICKET_VALID_TOO_LONG',
        `The ticket is valid for ${notAfter - now} s, and ${longestValidityS} are the most.`,
      );
    if (!isAtLeast(price, this.#leastPrice))
      return refuse(
        'TICKET_PRICE_TOO_LOW',
        `The ticket pays ${price.wei} wei for ${price.pixels} pixels, and ${this.#leastPrice.wei} for ${this.#leastPrice.pixels} are the least.`,
      );
    return undefined;
  }

  #spend(ticket: Ticket, hash: Bytes32): TicketDecision {
    if (this.#spent.has(hash)) return refuse('TICKET_REPLAYED', 'The ticket was taken before: order with a new one.');
    const { broadcaster, notAfter } = ticket;
    const spent = { broadcaster, expiry: notAfter + this.#policy.clockToleranceS };
    switch (this.#spent.add(hash, spent, this.#now())) {
      case 'remembered':
        return { accepted: true, ticket, hash };
      case 'shareFull':
        return refuse(
          'TICKET_SHARE_FULL',
          `More orders of ${broadcaster} came than are kept apart of one broadcaster: try again in a minute.`,
        );
      case 'full':
        return refuse('TICKET_MEMORY_FULL', 'More orders came than can be kept apart: try again in a minute.');
    }
  }

  #now(): number {
    return Math.floor(this.#policy.clock() / 1000);
  }
}

function refuse(code: TicketRefusalCode, message: string): TicketDecision {
  return { accepted: false, code, message };
}

/** Exact, without a division. */
function isAtLeast(price: TicketPrice, least: TicketPrice): boolean {
  return BigInt(price.wei) * BigInt(least.pixels) >= BigInt(least.wei) * BigInt(price.pixels);
}
