import { describe, expect, it } from 'vitest';

import { ticketFor, type OrderedJob } from '../../src/trust/orders/ordered-job.js';
import { TicketAcceptance, type TicketPolicy } from '../../src/trust/orders/ticket-acceptance.js';

import {
  broadcaster,
  domain,
  job,
  now,
  orchestrator,
  profile,
  salt,
  signTicket,
  stranger,
  terms,
} from './signed-job.js';

function acceptance(policy: Partial<TicketPolicy> = {}): TicketAcceptance {
  return new TicketAcceptance({ domain, orchestrator: orchestrator.address, clock: () => now * 1000, ...policy });
}

interface Offer {
  policy?: Partial<TicketPolicy>;
  ticket?: unknown;
}

function codeOf({ policy, ticket = signTicket() }: Offer = {}): string {
  const decision = acceptance(policy).decide(signed(ticket));
  return decision.accepted ? 'accepted' : decision.code;
}

/** What an orchestrator makes of a ticket that came beside this order rather than beside the one that it was signed for. */
function besideOrder(order: OrderedJob): unknown {
  return { message: ticketFor(order, terms, salt), signature: signTicket().signature };
}

/** Without the hash, which is not sent. */
function signed(ticket: unknown): unknown {
  if (typeof ticket !== 'object' || ticket === null || !('hash' in ticket)) return ticket;
  const { hash: _hash, ...sent } = ticket;
  return sent;
}

function withRendition(changes: Partial<OrderedJob['renditions'][number]>): OrderedJob {
  const [first, ...others] = job.renditions;
  if (first === undefined) throw new Error('There is no rendition.');
  return { ...job, renditions: [{ ...first, ...changes }, ...others] };
}

describe('TicketAcceptance', () => {
  it('accepts a ticket for the job that comes with it', () => {
    const ticket = signTicket();
    expect(acceptance().decide(signed(ticket))).toEqual({
      accepted: true,
      ticket: ticket.message,
      hash: ticket.hash,
    });
  });

  it.each([
    ['nothing', null],
    ['a ticket without a signature', { message: signTicket().message }],
    ['a ticket with a field besides', { ...signTicket(), hash: undefined, note: 'more' }],
    ['a ticket with a fraction of a wei', changed({ price: { wei: 0.5, pixels: 1 } })],
    ['a ticket with an address in capitals', changed({ orchestrator: orchestrator.checksumAddress })],
    ['a ticket without renditions', changed({ renditions: [] })],
    ['a ticket that ends before it begins', changed({ notAfter: now - 6 })],
  ])('refuses %s as malformed', (_, ticket) => {
    expect(codeOf({ ticket })).toBe('TICKET_MALFORMED');
  });

  it.each([
    ['another job', { jobId: 'job-2' }],
    ['a later end', { notAfter: now + 61 }],
    ['another price', { price: { wei: 1, pixels: 1 } }],
    ['longer windows', { windowMs: 4000 }],
  ])('refuses a ticket that was changed after it was signed: %s', (_, changes) => {
    expect(codeOf({ ticket: changed(changes) })).toBe('TICKET_WRONG_SIGNER');
  });

  it('refuses a ticket that somebody else signed', () => {
    expect(codeOf({ ticket: signTicket({}, stranger) })).toBe('TICKET_WRONG_SIGNER');
  });

  it('refuses a ticket of another domain', () => {
    expect(codeOf({ policy: { domain: { chainId: 2 } } })).toBe('TICKET_WRONG_SIGNER');
  });

  it('refuses a ticket for somebody else', () => {
    expect(codeOf({ ticket: signTicket({ orchestrator: stranger.address }) })).toBe('TICKET_NOT_FOR_US');
  });

  it('refuses a ticket of a broadcaster that is not accepted', () => {
    expect(codeOf({ policy: { broadcasters: [stranger.address] } })).toBe('TICKET_BROADCASTER_DENIED');
    expect(codeOf({ policy: { broadcasters: [broadcaster.address] } })).toBe('accepted');
  });

  it('takes a ticket within its validity, with as much as clocks may differ', () => {
    expect(codeOf({ ticket: signTicket({ notBefore: now + 31 }) })).toBe('TICKET_NOT_YET_VALID');
    expect(codeOf({ ticket: signTicket({ notBefore: now + 30 }) })).toBe('accepted');
    expect(codeOf({ ticket: signTicket({ notBefore: now - 99, notAfter: now - 30 }) })).toBe('TICKET_EXPIRED');
    expect(codeOf({ ticket: signTicket({ notBefore: now - 99, notAfter: now - 29 }) })).toBe('accepted');
    expect(codeOf({ ticket: signTicket({ notAfter: now + 331 }) })).toBe('TICKET_VALID_TOO_LONG');
  });

  it('refuses a price below its own, exactly', () => {
    expect(codeOf({ policy: { leastPrice: { wei: 1201, pixels: 1 } } })).toBe('TICKET_PRICE_TOO_LOW');
    expect(codeOf({ policy: { leastPrice: { wei: 3600, pixels: 3 } } })).toBe('accepted');
  });

  it.each([
    ['source', { ...job, sourceUrl: 'rtmp://media.example/live/other' }],
    ['output', withRendition({ publishUrl: 'rtmp://elsewhere.example/out' })],
    ['play URL', withRendition({ playUrl: 'https://elsewhere.example/' })],
    ['name', withRendition({ name: '721p' })],
    ['profile', withRendition({ profile: profile(640, 360) })],
    ['bitrate', withRendition({ profile: { ...profile(1280, 720), bitrateBps: 1 } })],
    ['attempt', { ...job, attempt: 2 }],
    ['ladder', { ...job, renditions: job.renditions.slice(0, 2) }],
    ['order', { ...job, renditions: job.renditions.toReversed() }],
  ])('refuses a ticket beside an order with another %s', (_, order) => {
    expect(codeOf({ ticket: besideOrder(order) })).toBe('TICKET_WRONG_SIGNER');
  });

  it('takes the ticket beside the order that it was signed for', () => {
    expect(codeOf({ ticket: besideOrder(job) })).toBe('accepted');
  });

  it('refuses a ticket that was taken before, until it has expired, and longer', () => {
    let time = now;
    const policy = acceptance({ clock: () => time * 1000 });
    const ticket = signed(signTicket());
    expect(policy.decide(ticket)).toMatchObject({ accepted: true });
    for (time of [now, now + 89]) expect(policy.decide(ticket)).toMatchObject({ code: 'TICKET_REPLAYED' });
    time = now + 90;
    expect(policy.decide(ticket)).toMatchObject({ code: 'TICKET_EXPIRED' });
  });

  it('never forgets a ticket that is still valid, however many come', () => {
    let time = now;
    const policy = acceptance({ capacity: 2, clock: () => time * 1000 });
    const tickets = [1, 2, 3].map((attempt) => signed(signTicket({ attempt })));
    const decide = (attempt: number) => policy.decide(tickets[attempt - 1]);
    expect([decide(1).accepted, decide(2).accepted]).toEqual([true, true]);
    expect(decide(3)).toMatchObject({ code: 'TICKET_MEMORY_FULL' });
    expect(decide(1)).toMatchObject({ code: 'TICKET_REPLAYED' });
    time = now + 89;
    expect(decide(3)).toMatchObject({ code: 'TICKET_MEMORY_FULL' });
    time = now + 90;
    expect(policy.decide(signed(signTicket({ attempt: 4, notAfter: now + 99 })))).toMatchObject({ accepted: true });
  });

  it('keeps room for others, however many tickets of one broadcaster come', () => {
    let time = now;
    const policy = acceptance({ capacity: 9, share: 2, clock: () => time * 1000 });
    const ofBusy = (attempt: number) => policy.decide(signed(signTicket({ attempt, notAfter: now + 60 + attempt })));
    const ofOther = () => policy.decide(signed(signTicket({ broadcaster: stranger.address }, stranger)));
    for (let attempt = 1; attempt <= 7; attempt += 1) expect(ofBusy(attempt).accepted).toBe(true);
    expect(ofBusy(8)).toMatchObject({ code: 'TICKET_SHARE_FULL' });
    expect(ofBusy(1)).toMatchObject({ code: 'TICKET_REPLAYED' });
    expect(ofOther()).toMatchObject({ accepted: true });
    time = now + 91;
    expect([ofBusy(9).accepted, ofBusy(10).accepted]).toEqual([true, false]);
  });

  it('does not burn a ticket that came beside another order', () => {
    const policy = acceptance();
    expect(policy.decide(besideOrder({ ...job, sourceUrl: 'rtmp://media.example/x' })).accepted).toBe(false);
    expect(policy.decide(besideOrder(job)).accepted).toBe(true);
  });

  it('shows no URL in a refusal', () => {
    const decision = acceptance().decide(besideOrder({ ...job, sourceUrl: 'rtmp://u:secret@h/live/key' }));
    expect(JSON.stringify(decision)).not.toMatch(/secret|key/);
  });
});

/** A signed ticket, changed after it was signed. */
function changed(changes: object): unknown {
  const { message, signature } = signTicket();
  return { message: { ...message, ...changes }, signature };
}
