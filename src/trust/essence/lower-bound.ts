/** Where in ascending numbers the first is that is not below `from`. */
export function lowerBound(numbers: ArrayLike<number>, from: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
