import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { contains, formatCidr, parseCidr, subtract } from '../../src/nodes/cidr.js';
import type { Cidr } from '../../src/nodes/cidr.js';

const bits = { 4: 32, 6: 128 } as const;

function block(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`'${text}' was not understood.`);
  return parsed;
}

/** Any block; those near each other are likely, so that they overlap. */
function anyBlock(family: 4 | 6): fc.Arbitrary<Cidr> {
  const near = fc.bigInt({ min: 0n, max: 255n }).map((low) => (1n << BigInt(bits[family] - 2)) | low);
  const address = fc.oneof(near, fc.bigInt({ min: 0n, max: (1n << BigInt(bits[family])) - 1n }));
  return fc.tuple(address, fc.integer({ min: 0, max: bits[family] })).map(([value, prefix]) => {
    const host = BigInt(bits[family] - prefix);
    return { family, first: (value >> host) << host, prefix };
  });
}

const alone = (family: 4 | 6, first: bigint): Cidr => ({ family, first, prefix: bits[family] });
const size = ({ family, prefix }: Cidr) => 1n << BigInt(bits[family] - prefix);
const last = (cidr: Cidr) => cidr.first + size(cidr) - 1n;

describe('A block', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['fc00::/7', 'fc00:0:0:0:0:0:0:0/7'],
    ['::1', '0:0:0:0:0:0:0:1/128'],
    ['::', '0:0:0:0:0:0:0:0/128'],
    ['1:2:3:4:5:6:7:8/127', '1:2:3:4:5:6:7:8/127'],
    ['64:ff9b::1.2.3.4/96', '64:ff9b:0:0:0:0:0:0/96'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['::ffff:7f00:1', '127.0.0.1/32'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
  ])('%s is read as %s', (text, expected) => {
    expect(formatCidr(block(text))).toBe(expected);
  });

  it.each(['', 'x', '10.0.0/8', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', 'fe80::1%eth0', '10.0.0.0/-1'])(
    '%s is none',
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );

  it.each([4, 6] as const)('of IPv%i is read as it was written', (family) => {
    fc.assert(
      fc.property(anyBlock(family), (cidr) => {
        // What is written in the mapped form is read as IPv4.
        fc.pre(!formatCidr(cidr).startsWith('0:0:0:0:0:ffff:'));
        expect(parseCidr(formatCidr(cidr))).toStrictEqual(cidr);
      }),
    );
  });
});

describe.each([4, 6] as const)('Of IPv%i, what is left of blocks without others', (family) => {
  const blocks = fc.array(anyBlock(family), { maxLength: 4 });

  it('has every address of the blocks that is in no hole, and no other', () => {
    fc.assert(
      fc.property(blocks, blocks, (from, holes) => {
        const rest = subtract(from, holes);
        // Where something can begin or end, and the neighbours of that.
        const edges = [...from, ...holes].flatMap((cidr) => [cidr.first - 1n, cidr.first, last(cidr), last(cidr) + 1n]);
        for (const edge of edges.filter((value) => value >= 0n && value < 1n << BigInt(bits[family]))) {
          const isIn = (list: readonly Cidr[]) => list.some((cidr) => contains(cidr, alone(family, edge)));
          expect(isIn(rest)).toBe(isIn(from) && !isIn(holes));
        }
      }),
    );
  });

  it('is as large as it should be', () => {
    fc.assert(
      fc.property(anyBlock(family), anyBlock(family), (from, hole) => {
        const left = subtract([from], [hole]).reduce((sum, cidr) => sum + size(cidr), 0n);
        const taken = contains(from, hole) ? size(hole) : contains(hole, from) ? size(from) : 0n;
        expect(left).toBe(size(from) - taken);
      }),
    );
  });
});

it('Blocks of the other family take nothing away', () => {
  expect(subtract([block('10.0.0.0/8')], [block('::/0')])).toStrictEqual([block('10.0.0.0/8')]);
});

it('A part of a block leaves the halves beside it', () => {
  expect(subtract([block('10.0.0.0/8')], [block('10.192.0.0/10')]).map(formatCidr)).toStrictEqual([
    '10.0.0.0/9',
    '10.128.0.0/10',
  ]);
});
