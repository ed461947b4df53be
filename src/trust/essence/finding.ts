/** Why a window is not what it should be, or not there. The codes are stable. */
export type FindingReason =
  /** Something else stands where the window should be. */
  | 'ALTERED'
  /** The units are right, and the parameter sets that they are decoded with are not. */
  | 'PARAMETERS_CHANGED'
  /** Units that no receipt covers stand between this window and the next. */
  | 'EXTRA_UNITS'
  /** The copy is long enough, and has none of the windows. */
  | 'OTHER_MEDIA'
  /** The copy has no track of this kind. */
  | 'TRACK_MISSING'
  /** The copy has a part of the window: units of it were lost. */
  | 'INCOMPLETE'
  /** The copy began after the window did, or ended before it did. */
  | 'OUTSIDE';

/** Where one track of a window is in a copy. */
export interface Run {
  /** Index of the copy's track. */
  copyTrack: number;
  /** Index of the window's first unit there. */
  start: number;
  units: number;
}

/** What looking for a window in a copy comes to. */
export type Finding =
  /** Unit for unit what the receipt says; one run for each track of the window. */
  | { verdict: 'holds'; runs: Run[] }
  /** `doesNotHold`: the copy is of something else. `notInThisCopy`: the copy cannot tell. */
  | { verdict: 'doesNotHold' | 'notInThisCopy'; reason: FindingReason };

const cannotTell: readonly FindingReason[] = ['INCOMPLETE', 'OUTSIDE'];

/** The finding of a window that was not found, for that reason. */
export function unfound(reason: FindingReason): Finding {
  return { verdict: cannotTell.includes(reason) ? 'notInThisCopy' : 'doesNotHold', reason };
}

/** A reason in words. */
export const findingText: Record<FindingReason, string> = {
  ALTERED: 'other media stands in its place',
  PARAMETERS_CHANGED: 'it would be decoded with other parameter sets',
  EXTRA_UNITS: 'units without a receipt follow it',
  OTHER_MEDIA: 'the copy has none of the windows',
  TRACK_MISSING: 'the copy lacks a track of it',
  INCOMPLETE: 'the copy lacks a part of it',
  OUTSIDE: 'the copy begins or ends before it is whole',
};
