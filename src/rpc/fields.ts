import { z } from 'zod';

/** A name that this network makes: of jobs and processes. */
export const identifier = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "-" and "_"');
/** A rendition's name, which is a part of its URL. */
export const renditionName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected 1 to 64 letters, digits, ".", "-" and "_"');
export const attemptNumber = z.int().min(1).max(1_000_000);
/** A stable word: an error's code, a stage. */
export const word = z.string().regex(/^[A-Za-z0-9_]{0,64}$/, 'expected a word of up to 64 letters, digits and "_"');
export const codec = z.string().regex(/^[a-z0-9_]{0,32}$/, 'expected a codec of up to 32 letters, digits and "_"');
/** In characters, of what a person reads and of a URL. */
export const longestText = 4096;
/** What a person reads. */
export const sentence = z.string().max(longestText);
/** What a transcoder may be told to read: never a file, nor a device or a protocol of one of its libraries. */
export const sourceUrl = z
  .string()
  .max(longestText)
  .regex(/^(https?|rtmps?|srt|rtsps?):\/\//i, 'expected a URL with http, https, rtmp, rtmps, srt, rtsp or rtsps');
/** As {@link sourceUrl}, for where a rendition is sent. */
export const outputUrl = z
  .string()
  .max(longestText)
  .regex(/^(https?|rtmps?|srt):\/\//i, 'expected a URL with http, https, rtmp, rtmps or srt');
/** Counters, and everything else that is neither negative nor broken. */
export const whole = z.int().min(0);
export const uint32 = z.int().min(0).max(0xffff_ffff);
/** A hash, an address or a signature. */
export function bytes(length: number): z.ZodType<Uint8Array> {
  return z.instanceof(Uint8Array).refine((value) => value.length === length, `expected ${length} bytes`);
}
/** A big-endian number of 256 bits at the most. */
export const uint256: z.ZodType<Uint8Array> = z
  .instanceof(Uint8Array)
  .refine((value) => value.length <= 32, 'expected up to 32 bytes');
export const figure = z.number().min(0);
/** Microseconds on a timeline, which may begin before zero. */
export const timestampUs = z.int();
