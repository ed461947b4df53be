import { median } from '../statistics.js';

/**
 * How much something grew from one part of a run to a later one, in per cent, by their medians: memory that is collected
 * in turns is a saw.
 *
 * @param samples of the whole run, one after the other
 * @param early where a part begins and ends, as shares of the run
 * @param late the same for the later part
 * @returns `undefined` where one of the parts has no sample
 */
export function growthPercent(
  samples: readonly number[],
  early: readonly [from: number, to: number],
  late: readonly [from: number, to: number],
): number | undefined {
  const within = ([from, to]: readonly [number, number]) =>
    median(samples.slice(Math.floor(from * samples.length), Math.floor(to * samples.length)));
  const [before, after] = [within(early), within(late)];
  return before === undefined || after === undefined ? undefined : 100 * (after / before - 1);
}
