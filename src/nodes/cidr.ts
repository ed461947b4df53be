import { isIP } from 'node:net';

/** A block of addresses. A single address is a block with the longest prefix. */
export interface Cidr {
  family: 4 | 6;
  /** The first address of the block, as a number. */
  first: bigint;
  /** How many leading bits the addresses share: 0 to 32, or to 128. */
  prefix: number;
}

const bitsOf = { 4: 32, 6: 128 } as const;
/** `::ffff:a.b.c.d` reaches the very host that `a.b.c.d` does. */
const mapped: Cidr = { family: 6, first: 0xffffn << 32n, prefix: 96 };

/**
 * Reads an address or a block: `10.0.0.0/8`, `10.1.2.3` (which is `/32`), `fc00::/7`. Bits behind the prefix are
 * cleared, and a block of IPv4 written as IPv6 becomes the IPv4 block.
 *
 * @returns `undefined` for anything else.
 */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', suffix, ...more] = text.split('/');
  const family = isIP(address);
  if ((family !== 4 && family !== 6) || address.includes('%') || more.length > 0) return undefined;
  if (suffix !== undefined && !/^\d{1,3}$/.test(suffix)) return undefined;
  const prefix = suffix === undefined ? bitsOf[family] : Number(suffix);
  if (prefix > bitsOf[family]) return undefined;
  const value = family === 4 ? numberOfV4(address) : numberOfV6(address);
  return unmapped({ family, first: withoutHostBits(value, family, prefix), prefix });
}

/** Writes a block as `address/prefix`; IPv6 in full, without shortening zeros to `::`. */
export function formatCidr({ family, first, prefix }: Cidr): string {
  if (family === 4) return `${[24n, 16n, 8n, 0n].map((shift) => (first >> shift) & 0xffn).join('.')}/${prefix}`;
  const groups = Array.from({ length: 8 }, (_, index) => (first >> BigInt(112 - 16 * index)) & 0xffffn);
  return `${groups.map((group) => group.toString(16)).join(':')}/${prefix}`;
}

/** Whether every address of `inner` is one of `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false;
  return withoutHostBits(inner.first, outer.family, outer.prefix) === outer.first;
}

/** The addresses of `blocks` that are in none of `holes`, as blocks again. */
export function subtract(blocks: readonly Cidr[], holes: readonly Cidr[]): Cidr[] {
  return holes.reduce<Cidr[]>((rest, hole) => rest.flatMap((block) => without(block, hole)), [...blocks]);
}

/** Halves the block until the halves are either in the hole or beside it. */
function without(block: Cidr, hole: Cidr): Cidr[] {
  if (contains(hole, block)) return [];
  if (!contains(block, hole)) return [block];
  const prefix = block.prefix + 1;
  const second = block.first | (1n << BigInt(bitsOf[block.family] - prefix));
  const halves = [block.first, second].map((first) => ({ family: block.family, first, prefix }));
  return halves.flatMap((half) => without(half, hole));
}

function withoutHostBits(value: bigint, family: 4 | 6, prefix: number): bigint {
  const hostBits = BigInt(bitsOf[family] - prefix);
  return (value >> hostBits) << hostBits;
}

function unmapped(block: Cidr): Cidr {
  if (!contains(mapped, block)) return block;
  return { family: 4, first: block.first & 0xffffffffn, prefix: block.prefix - mapped.prefix };
}

function numberOfV4(address: string): bigint {
  return address.split('.').reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function numberOfV6(address: string): bigint {
  const [head = '', tail] = address.split('::');
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = Array<bigint>(8 - before.length - after.length).fill(0n);
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | group, 0n);
}

/** The last group may be an IPv4 address, which is two. */
function groupsOf(text: string): bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const value = numberOfV4(group);
    return [value >> 16n, value & 0xffffn];
  });
}
