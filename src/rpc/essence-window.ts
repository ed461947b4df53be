import { z } from 'zod';

import { bytes, codec, renditionName, timestampUs, uint32, whole } from './fields.js';
import type { EssenceWindow as WireWindow, WindowClosed } from './generated/millrace/v1/trust.js';

export type { WireWindow, WindowClosed };

const track = z.object({
  video: z.boolean(),
  codec: codec.min(1),
  units: uint32,
  parameters: bytes(32),
  merkleRoot: bytes(32),
});

/** The essence of a window, with what every message must have there. */
export const essenceWindow: z.ZodType<WireWindow> = z.object({
  medium: z.union([z.literal(''), renditionName]),
  index: uint32,
  root: bytes(32),
  tracks: z.array(track).max(32),
  frames: uint32,
  pixels: whole,
  width: uint32,
  height: uint32,
  startTimestampUs: timestampUs,
  endTimestampUs: timestampUs,
});

/** A window that came to its end, with what every message must have there. */
export const windowClosed: z.ZodType<ValidWindowClosed> = z.object({ window: essenceWindow, last: z.boolean() });

export type ValidWindowClosed = WindowClosed & { window: WireWindow };
