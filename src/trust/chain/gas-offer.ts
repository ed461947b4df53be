/** What a transaction offers for a unit of its gas, in wei. */
export interface GasOffer {
  /** At most. */
  mostWei: bigint;
  /** Of that, to the maker of the block. */
  tipWei: bigint;
}

/**
 * What to offer: what the network asks, or a quarter more than the transaction that is replaced, but never more than the
 * ceiling. Absent: the network would not take it in the place of the other one, since it wants a tenth more at least.
 *
 * @param ceilingWei what a unit of gas may cost, in wei
 */
export function gasOffer(asked: GasOffer, ceilingWei: bigint, replaced?: GasOffer): GasOffer | undefined {
  const mostWei = lower(higher(asked.mostWei, raised(replaced?.mostWei, 4n)), ceilingWei);
  const tipWei = lower(higher(asked.tipWei, raised(replaced?.tipWei, 4n)), mostWei);
  const isEnough = mostWei >= raised(replaced?.mostWei, 10n) && tipWei >= raised(replaced?.tipWei, 10n);
  return isEnough ? { mostWei, tipWei } : undefined;
}

/** One part in so many more, rounded up. */
function raised(wei: bigint | undefined, part: bigint): bigint {
  return wei === undefined ? 0n : (wei * (part + 1n) + part - 1n) / part;
}

function higher(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

function lower(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
