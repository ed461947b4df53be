import type { Profile, ValidOrder } from '../rpc/order.js';
import type { WireTicket } from '../rpc/ticket.js';
import type { OrderedJob } from '../trust/orders/ordered-job.js';
import { ticketFor } from '../trust/orders/ordered-job.js';
import type { OrderedProfile, SignedTicket } from '../trust/orders/ticket.js';
import { codingName } from './coding.js';
import { fromHex, toHex } from './hex.js';

/** A ticket as it travels beside its order, which says the rest of it. */
export function wireTicket({ message, signature }: SignedTicket, salt: string): WireTicket {
  return {
    broadcaster: fromHex(message.broadcaster),
    orchestrator: fromHex(message.orchestrator),
    priceWei: message.price.wei,
    pricePixels: message.price.pixels,
    notBefore: message.notBefore,
    notAfter: message.notAfter,
    windowMs: message.windowMs,
    salt: fromHex(salt),
    play: message.renditions.map(({ play }) => fromHex(play)),
    signature: fromHex(signature),
  };
}

/** The ticket that was signed, if it was signed for this order: unchecked. */
export function ticketOf(order: ValidOrder, wire: WireTicket): SignedTicket {
  const salt = `0x${toHex(wire.salt)}`;
  const terms = {
    broadcaster: `0x${toHex(wire.broadcaster)}`,
    orchestrator: `0x${toHex(wire.orchestrator)}`,
    price: { wei: wire.priceWei, pixels: wire.pricePixels },
    notBefore: wire.notBefore,
    notAfter: wire.notAfter,
    windowMs: wire.windowMs,
  };
  const ticket = ticketFor(orderedJob(order), terms, salt);
  // Where they can be played is nothing that an orchestrator has to know.
  const renditions = ticket.renditions.map((rendition, index) => ({
    ...rendition,
    play: `0x${toHex(wire.play[index] ?? new Uint8Array())}`,
  }));
  return { message: { ...ticket, renditions }, signature: `0x${toHex(wire.signature)}` };
}

/** What an order asks for, in the words of a ticket. `playUrls` are in the order's order. */
export function orderedJob(order: ValidOrder, playUrls: readonly string[] = []): OrderedJob {
  return {
    jobId: order.jobId,
    attempt: order.attempt,
    sourceUrl: order.source.url,
    renditions: order.renditions.map(({ name, profile, outputUrl }, index) => {
      const playUrl = playUrls[index];
      return {
        name,
        publishUrl: outputUrl,
        ...(playUrl !== undefined && { playUrl }),
        profile: orderedProfile(profile),
      };
    }),
  };
}

function orderedProfile({ codec, encoderProfile, ...figures }: Profile): OrderedProfile {
  return {
    ...figures,
    codec: codingName(codec),
    encoderProfile: encoderProfile as OrderedProfile['encoderProfile'],
  };
}
