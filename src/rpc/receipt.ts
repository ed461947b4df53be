import { z } from 'zod';

import { essenceWindow } from './essence-window.js';
import { attemptNumber, bytes, renditionName, uint32 } from './fields.js';
import type { Receipt as WireReceipt } from './generated/millrace/v1/trust.js';

export type { WireReceipt };

const windows = z.array(essenceWindow).max(256);

/** What a receipt must have to be looked at; whether it holds is another question. */
export const wireReceipt: z.ZodType<WireReceipt> = z.object({
  attempt: attemptNumber,
  ticket: bytes(32),
  index: uint32,
  previous: bytes(32),
  sources: windows,
  renditions: windows,
  leftOut: z.array(renditionName).max(32),
  final: z.boolean(),
  signature: bytes(65),
});
