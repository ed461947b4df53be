/**
 * The value below which the given share of the values lies: the one at index `floor(share · n)` of the sorted values.
 *
 * @param share 0 to 1; 0.5 is the median of an odd number of values, and the upper of the middle two of an even one.
 * @returns `undefined` for no values.
 */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** The middle value; between the middle two where there is an even number. `undefined` for no values. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}
