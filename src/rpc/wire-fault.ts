import { status, type StatusObject } from '@grpc/grpc-js';
import type { z } from 'zod';

/** A message from the network that cannot be: `message` is a sentence that names the field. */
export class WireFault extends Error {
  override readonly name = 'WireFault';

  /** As the status that ends the sender's call. */
  toStatus(): Partial<StatusObject> {
    return { code: status.INVALID_ARGUMENT, details: this.message };
  }
}

/**
 * The message, held to its schema.
 *
 * @throws {WireFault} naming the first field that is wrong, and never its value: it may be a secret.
 */
export function checked<T>(schema: z.ZodType<T>, message: unknown): T {
  const result = schema.safeParse(message);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  throw new WireFault(`${field === '' ? 'The message' : field} is not valid: ${issue?.message ?? 'unknown reason'}.`);
}
