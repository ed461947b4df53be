import { z } from 'zod';

import {
  attemptNumber,
  codec,
  identifier,
  outputUrl,
  renditionName,
  sourceUrl,
  timestampUs,
  uint32,
  whole,
} from './fields.js';
import { VideoCodec, type Order, type Price, type Profile, type Rendition } from './generated/millrace/v1/job.js';
import { wireTicket } from './ticket.js';

export { VideoCodec };
export type { Order, Price, Profile, Rendition };

export const price: z.ZodType<Price> = z.object({ wei: whole, pixels: z.int().min(1) });

/** Whether a price is not more than another; exact, without a division. */
export function isWithin(asked: Price, most: Price): boolean {
  return BigInt(asked.wei) * BigInt(most.pixels) <= BigInt(most.wei) * BigInt(asked.pixels);
}

const videoCodec = z.enum([
  VideoCodec.VIDEO_CODEC_H264,
  VideoCodec.VIDEO_CODEC_HEVC,
  VideoCodec.VIDEO_CODEC_AV1,
  VideoCodec.VIDEO_CODEC_HEVC_10,
  VideoCodec.VIDEO_CODEC_AV1_10,
]);

/** What can be encoded. Whoever is of a later version may know more, which nobody here will ask for. */
export const encoders: z.ZodType<VideoCodec[]> = z
  .array(z.enum(VideoCodec))
  .max(64)
  .transform((list) => list.filter((codec) => videoCodec.safeParse(codec).success));

const side = z.int().min(0).max(16_384);

const profile: z.ZodType<Profile> = z
  .object({
    width: side,
    height: side,
    bitrateBps: z.int().min(10_000).max(1_000_000_000),
    fpsNumerator: whole,
    fpsDenominator: whole,
    codec: videoCodec,
    encoderProfile: z.enum(['', 'baseline', 'main', 'high']),
    gopMs: z.union([z.literal(0), z.int().min(10).max(600_000)]),
  })
  .refine(({ width, height }) => width > 0 || height > 0, 'expected a width or a height')
  .refine(
    ({ fpsNumerator, fpsDenominator }) => fpsNumerator === 0 || fpsDenominator > 0,
    'expected a denominator for the frame rate',
  );

const rendition = z.object({
  name: renditionName,
  profile,
  outputUrl,
});

/** An order, with what every message must have there. */
export type ValidOrder = Omit<Order, 'source' | 'renditions'> & {
  source: NonNullable<Order['source']>;
  renditions: (Rendition & { profile: Profile })[];
};

export const order: z.ZodType<ValidOrder> = z.object({
  jobId: identifier,
  attempt: attemptNumber,
  stream: z.string().min(1).max(256),
  sequence: whole,
  source: z.object({ url: sourceUrl, videoCodec: codec }),
  renditions: z
    .array(rendition)
    .min(1)
    .max(32)
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'expected distinct names'),
  durationMs: whole,
  timestampBaseUs: timestampUs.optional(),
  resumeAtUs: timestampUs.optional(),
  maxPrice: price.optional(),
  ticket: wireTicket.optional(),
  windowMs: uint32.refine((value) => value === 0 || (value >= 100 && value <= 60_000), 'expected 0, or 100 to 60,000'),
});

/** What a job takes of a transcoder: encoded pixels per second over all renditions, 30 frames each where none is said. */
export function pixelsPerSecond(renditions: readonly { profile: Profile }[]): number {
  return renditions.reduce((sum, { profile: { width, height, fpsNumerator, fpsDenominator } }) => {
    // A side that follows from the source is taken as 16:9 has it.
    const pixels = (width || (height * 16) / 9) * (height || (width * 9) / 16);
    return sum + pixels * (fpsNumerator > 0 ? fpsNumerator / fpsDenominator : 30);
  }, 0);
}
