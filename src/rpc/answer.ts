import { z } from 'zod';

import { attemptNumber, sentence, whole } from './fields.js';
import { RefusalReason, type Accepted, type Refused } from './generated/millrace/v1/orchestrator.js';
import { price } from './order.js';

export { RefusalReason };
export type { Accepted, Refused };

/** An orchestrator's yes to an order. */
export const accepted: z.ZodType<Accepted> = z.object({
  attempt: attemptNumber,
  transcoder: z.string().max(64),
  price: price.optional(),
});

/** An orchestrator's no to an order. */
export const refused: z.ZodType<Refused> = z.object({
  attempt: attemptNumber,
  reason: z.enum(RefusalReason),
  message: sentence,
  retryAfterMs: whole,
});
