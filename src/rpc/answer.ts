import { z } from 'zod';

import { attemptNumber, sentence, uint256, whole } from './fields.js';
import { RefusalReason, type Accepted, type Refused } from './generated/millrace/v1/orchestrator.js';
import { price } from './order.js';

export { RefusalReason };
export type { Accepted, Refused };

/** An orchestrator's word that a transcoder took the attempt on. */
export const accepted: z.ZodType<Accepted> = z.object({
  attempt: attemptNumber,
  transcoder: z.string().max(64),
  price,
});

/** Its word that none did. A reason of a later version is as good as that it is full. */
export const refused: z.ZodType<Refused> = z.object({
  attempt: attemptNumber,
  reason: z.enum(RefusalReason),
  message: sentence,
  retryAfterMs: whole,
  neededWei: uint256.optional(),
});
