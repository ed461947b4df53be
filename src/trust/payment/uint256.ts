/** The highest number of Ethereum's words; as a win probability it is certainty. */
export const maxUint256 = (1n << 256n) - 1n;

/** A number as Ethereum's contracts hash it: 32 bytes, big-endian. Throws a `RangeError` for what does not fit. */
export function uint256Bytes(value: bigint): Uint8Array {
  if (value < 0n || value > maxUint256) throw new RangeError(`${value} is no number of 256 bits.`);
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
}

/** The number that big-endian bytes stand for. */
export function numberOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** Whether two byte strings are the same. Not for secrets: it takes as long as they agree. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
