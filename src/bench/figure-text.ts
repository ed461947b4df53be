import type { Goal, Measurement } from './measurement.js';

/** A figure with as many digits as it is worth, and its unit: `17.3 ms`, `0.9871`, `360`. */
export function figureText(value: number | undefined, unit: Measurement['unit']): string {
  if (value === undefined) return '–';
  if (!Number.isFinite(value)) return 'never';
  const digits = unit === '' ? (Number.isInteger(value) ? 0 : 4) : Math.abs(value) < 100 ? 1 : 0;
  return unit === '' ? value.toFixed(digits) : `${value.toFixed(digits)} ${unit}`;
}

/** Millrace's figure as a share of ffmpeg's: `0.21 ×`. */
export function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? '' : `${ratio.toFixed(2)} ×`;
}

/** `≤ 20 ms, ≤ 0.25 ×`. */
export function goalText(goal: Goal | undefined, unit: Measurement['unit']): string {
  if (goal === undefined) return '';
  const { atMost, atLeast, ratioAtMost, ratioAtLeast, shortfallAtMost } = goal;
  const bound = (sign: string, value: number) => `${sign} ${value}${unit === '' ? '' : ` ${unit}`}`;
  return [
    ...(atMost === undefined ? [] : [bound('≤', atMost)]),
    ...(atLeast === undefined ? [] : [bound('≥', atLeast)]),
    ...(ratioAtMost === undefined ? [] : [`≤ ${ratioAtMost} ×`]),
    ...(ratioAtLeast === undefined ? [] : [`≥ ${ratioAtLeast} ×`]),
    ...(shortfallAtMost === undefined ? [] : [`at most ${shortfallAtMost} below`]),
  ].join(', ');
}
