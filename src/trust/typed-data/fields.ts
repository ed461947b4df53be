import { z } from 'zod';

/** A count as it is signed: JSON has a second zero, which would be a second text of the same message. */
const whole = z
  .int()
  .min(0)
  .refine((value) => !Object.is(value, -0), 'expected 0 without a sign');

export const uint32 = whole.refine((value) => value <= 0xffff_ffff, 'expected at most 2^32 - 1');
/** Up to 2^53 - 1, which is all that a number of JSON holds exactly. */
export const uint64 = whole;
/** Microseconds on a timeline, which may begin before zero. */
export const timestampUs = z.int().refine((value) => !Object.is(value, -0), 'expected 0 without a sign');
/** A job's name. */
export const jobId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "-" and "_"');
/** A rendition's name. */
export const renditionName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected 1 to 64 letters, digits, ".", "-" and "_"');
/** Which try of a job it is. */
export const attemptNumber = uint32.refine((value) => value >= 1 && value <= 1_000_000, 'expected 1 to 1,000,000');

/** The first thing that is wrong, as a sentence that names the field and never its value. */
export function faultOf(error: z.ZodError): string {
  const [issue] = error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  return `${field === '' ? 'The message' : field} is not valid: ${issue?.message ?? 'unknown reason'}.`;
}
