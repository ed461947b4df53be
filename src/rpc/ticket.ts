import { z } from 'zod';

import { bytes, whole } from './fields.js';
import type { Ticket as WireTicket } from './generated/millrace/v1/trust.js';

export type { WireTicket };

/** What an order's ticket must have to be looked at; whether it is taken is another question. */
export const wireTicket: z.ZodType<WireTicket> = z.object({
  broadcaster: bytes(20),
  orchestrator: bytes(20),
  priceWei: whole,
  pricePixels: whole,
  notBefore: whole,
  notAfter: whole,
  windowMs: whole,
  salt: bytes(32),
  play: z.array(bytes(32)).max(32),
  signature: bytes(65),
});
