import { z } from 'zod';

import { uint32 } from '../typed-data/fields.js';

/** A hash of the essence, as it is written. */
export const essenceHash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits');

/** The tracks of a window, which make up its root. */
export const windowTracks = z
  .array(
    z.strictObject({
      kind: z.enum(['video', 'audio']),
      codec: z.enum(['h264', 'hevc', 'av1', 'aac', 'opus', 'other']),
      // Over none, every copy would have the track.
      units: uint32.refine((value) => value >= 1, 'expected at least 1'),
      parameters: essenceHash,
      merkleRoot: essenceHash,
    }),
  )
  .min(1)
  .max(32);
