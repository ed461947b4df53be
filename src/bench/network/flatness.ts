import { median } from '../statistics.js';

/** The share of a run in which programs are still warming up: it is not looked at. */
const warmUpShare = 0.1;
/** How much of the rest is compared: its beginning with its end. */
const comparedShare = 0.25;

/**
 * How much something grew over a run, in per cent: the median of the last quarter of the samples over that of the first
 * quarter, without the first tenth of all. Medians, as memory that is collected in turns is a saw.
 *
 * @returns `undefined` for fewer than ten samples
 */
export function growthPercent(samples: readonly number[]): number | undefined {
  if (samples.length < 10) return undefined;
  const warm = samples.slice(Math.ceil(samples.length * warmUpShare));
  const size = Math.ceil(warm.length * comparedShare);
  const [early, late] = [median(warm.slice(0, size)), median(warm.slice(-size))];
  return early === undefined || late === undefined ? undefined : 100 * (late / early - 1);
}
