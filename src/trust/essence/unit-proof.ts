import { z } from 'zod';

import type { EssenceCopy, EssenceTrack } from '../../transcoder/essence.js';
import { TrustError } from '../trust-error.js';
import { faultOf, uint32 } from '../typed-data/fields.js';

import { CopyTrack } from './copy-track.js';
import { essenceHash, windowTracks } from './essence-track.js';
import { rootOfPath } from './merkle.js';
import { bytesOf } from './sha256.js';
import { windowRoot } from './window-root.js';

/** That one access unit is in a window, shown without the others. Hashes are 64 lower-case hex digits. */
export interface UnitProof {
  /** The unit's hash. */
  unit: string;
  /** Which of the track's units in this window it is, from 0. */
  index: number;
  /** The hashes beside the way to the root of its track, the lowest first. */
  path: string[];
  /** Which of the window's tracks it is in. */
  track: number;
  /** All of the window's, which make up its root. */
  tracks: EssenceTrack[];
}

/** Which access unit of a copy is meant. */
export interface UnitPlace {
  /** Index of the copy's track. */
  track: number;
  /** Index among the units that the copy has of it. */
  unit: number;
}

// A tree over as many units as a track can have is no higher.
const longestPath = 32;

const schema: z.ZodType<UnitProof> = z.strictObject({
  unit: essenceHash,
  index: uint32,
  path: z.array(essenceHash).max(longestPath),
  track: uint32,
  tracks: windowTracks,
});

const root = z.string().regex(/^(0x)?[0-9a-f]{64}$/, 'expected 64 lower-case hex digits, with or without 0x');

/** As the library has it, which loads this when it is wanted. */
export function proveUnit(copy: EssenceCopy, place: UnitPlace, tracks: readonly EssenceTrack[]): UnitProof {
  const copied = copy.tracks[place.track];
  const unit = copied?.units[place.unit];
  if (copied === undefined || unit === undefined) throw invalid('The copy has no such access unit.');
  for (const [track, { kind, codec, units, merkleRoot }] of tracks.entries()) {
    if (kind !== copied.kind || codec !== copied.codec) continue;
    // All that a run with the unit in it can reach over.
    const from = Math.max(0, place.unit - units + 1);
    const around = new CopyTrack({ ...copied, units: copied.units.slice(from, place.unit + units) });
    const position = place.unit - from;
    const run = { units, merkleRoot };
    const start = around
      .startsOf([run])(run)
      ?.find((candidate) => candidate <= position && position < candidate + units);
    if (start === undefined) continue;
    const index = position - start;
    return { unit: unit.hash, index, path: around.pathOf(start, units, index), track, tracks: [...tracks] };
  }
  throw invalid('The access unit is in no track of the window, or the copy does not hold that track of it whole.');
}

/** Likewise. */
export function verifyUnitProof(proof: unknown, windowsRoot: string): boolean {
  const parsed = schema.safeParse(proof);
  if (!parsed.success) throw invalid(`This is no proof of an access unit. ${faultOf(parsed.error)}`);
  const expected = root.safeParse(windowsRoot);
  if (!expected.success) throw invalid(`This is no root of a window. ${faultOf(expected.error)}`);
  const { unit, index, path, track, tracks } = parsed.data;
  const claimed = tracks[track];
  if (claimed === undefined || windowRoot(tracks) !== expected.data.slice(-64)) return false;
  const reached = rootOfPath(bytesOf(unit), index, claimed.units, path.map(bytesOf));
  return reached?.toString('hex') === claimed.merkleRoot;
}

function invalid(message: string): TrustError {
  return new TrustError('EVIDENCE_INVALID', message);
}
