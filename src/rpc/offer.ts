import { z } from 'zod';

import { bytes, codec, whole } from './fields.js';
import type { GetOfferResponse } from './generated/millrace/v1/orchestrator.js';
import { encoders, price, type Price } from './order.js';

/** What an orchestrator can do at the moment, and for how much. */
export type Offer = GetOfferResponse & { price: Price };

export const offer: z.ZodType<Offer> = z.object({
  price,
  freePixelsPerSecond: whole,
  pixelsPerSecond: whole,
  freeSessions: whole,
  runningSessions: whole,
  decoders: z.array(codec).max(64),
  encoders,
  address: bytes(20),
  chainId: whole.optional(),
});
