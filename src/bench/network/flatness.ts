/**
 * How much what is alive grew from one part of a run to a later one, in per cent. Memory that is collected in turns is a
 * saw, and what is alive shows at its lowest points.
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
    samples.slice(Math.floor(from * samples.length), Math.floor(to * samples.length));
  const [before, after] = [within(early), within(late)];
  if (before.length === 0 || after.length === 0) return undefined;
  return 100 * (Math.min(...after) / Math.min(...before) - 1);
}
