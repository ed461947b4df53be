import { z } from 'zod';

import { attemptNumber, codec, identifier, whole } from './fields.js';
import type { Hello, Welcome } from './generated/millrace/v1/transcoder.js';
import { encoders } from './order.js';

export type { Hello, Welcome };

const running = z.array(z.object({ jobId: identifier, attempt: attemptNumber })).max(10_000);

export const hello: z.ZodType<Hello> = z.object({
  instanceId: identifier,
  name: z.string().min(1).max(64),
  version: z.string().max(64),
  // A thousand times the largest machine's; the sum over a fleet stays a whole number.
  pixelsPerSecond: z.int().min(1).max(1e12),
  maxSessions: whole,
  decoders: z.array(codec).max(64),
  encoders,
  devices: z.array(z.string().max(128)).max(64),
  running,
});

export const welcome: z.ZodType<Welcome> = z.object({
  heartbeatMs: z.int().min(10).max(60_000),
  leaseMs: z.int().min(100).max(600_000),
  progressMs: z.int().min(50).max(60_000),
  revoked: running,
});
