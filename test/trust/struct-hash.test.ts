import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { TypedDataEncoder, hexlify, type TypedDataField } from 'ethers';
import { describe, expect, it } from 'vitest';

import { compileStructHash, type StructTypes } from '../../src/trust/typed-data/struct-hash.js';

interface Vectors {
  messages: { primaryType: string; types: StructTypes }[];
}

const vectors = JSON.parse(readFileSync(new URL('./signing-vectors.json', import.meta.url), 'utf8')) as Vectors;

/** Every kind of signed message, and one with each type that a message can have. */
const kinds: [name: string, types: StructTypes][] = [
  ...new Map(vectors.messages.map(({ primaryType, types }) => [primaryType, types])),
  [
    'message with all types',
    {
      All: [
        ...['string', 'bool', 'address', 'bytes32', 'Part', 'string[]', 'Part[]'],
        ...[8, 16, 32, 64].flatMap((bits) => [`uint${bits}`, `int${bits}`]),
      ].map((type, index) => ({ name: `field${index}`, type })),
      Part: fields('int64 before,bool flag,string text,int64 after,Inner inner'),
      Inner: fields('string[] names,address one'),
    },
  ],
];

describe.each(kinds)('a %s', (_, types) => {
  it("has the hash that ethers' encoder gives, whatever its values", () => {
    const encoder = TypedDataEncoder.from(types);
    const hash = compileStructHash(types);
    fc.assert(
      fc.property(valueOf(types, encoder.primaryType), (message) => {
        expect(hexlify(hash(message as object))).toBe(encoder.hash(message as Record<string, unknown>));
      }),
      { numRuns: 300 },
    );
  });
});

const refused: [type: string, value: unknown][] = [
  ['string', 5],
  ['string', undefined],
  ['string', 'half a pair \ud83d'],
  ['string[]', 'text'],
  ['string[]', [undefined]],
  ['bool', 1],
  ['address', `0x${'a'.repeat(38)}`],
  ['address', `0x${'a'.repeat(42)}`],
  ['address', `0x${'a'.repeat(39)}g`],
  ['address', 'a'.repeat(42)],
  ['bytes32', `0x${'a'.repeat(62)}`],
  ['bytes32', `0x${'a'.repeat(31)} ${'a'.repeat(32)}`],
  ['bytes32', null],
  ['uint8', 256],
  ['uint32', -1],
  ['uint32', 2 ** 32],
  ['uint32', 0.5],
  ['uint32', '1'],
  ['uint64', 2 ** 53],
  ['uint64', 1n],
  ['int8', 128],
  ['int8', -129],
  ['int64', Number.NaN],
  ['int64', -(2 ** 53)],
  ['Part', undefined],
  ['Part', 'text'],
  ['Part[]', [null]],
];

it.each(refused)('%s does not take %o', (type, value) => {
  const hash = compileStructHash({ Message: fields(`${type} field,Part part`), Part: fields('bool flag') });
  expect(() => hash({ field: value, part: { flag: true } })).toThrow(/^(field|flag) is not valid: expected /);
});

it('a message that is refused leaves nothing in the hash of the next', () => {
  const hash = compileStructHash({ Message: fields('int64 early,address late,bytes32 last') });
  const valid = { early: 1, late: `0x${'1'.repeat(40)}`, last: `0x${'2'.repeat(64)}` };
  const before = hash(valid);
  expect(() => hash({ ...valid, early: -1, late: `0x${'f'.repeat(39)}g` })).toThrow(TypeError);
  expect(hash(valid)).toEqual(before);
});

it.each(['bytes', 'bytes4', 'uint256', 'uint7', 'uint32[]', 'string[][]', 'string[2]'])(
  'no message has a field of type %s',
  (type) => {
    expect(() => compileStructHash({ Message: fields(`${type} field`) })).toThrow(TypeError);
  },
);

function fields(list: string): TypedDataField[] {
  return list.split(',').map((field) => {
    const [type = '', name = ''] = field.split(' ');
    return { type, name };
  });
}

/** Any value of a type. */
function valueOf(types: StructTypes, type: string): fc.Arbitrary<unknown> {
  if (type.endsWith('[]')) return fc.array(valueOf(types, type.slice(0, -2)), { maxLength: 5 });
  const struct = types[type];
  if (struct !== undefined)
    return fc.record(Object.fromEntries(struct.map((field) => [field.name, valueOf(types, field.type)])));
  if (type === 'string') return fc.string({ unit: 'binary', maxLength: 400 });
  if (type === 'bool') return fc.boolean();
  if (type === 'address') return hexText(20);
  if (type === 'bytes32') return hexText(32);
  const bits = Number(/\d+$/.exec(type)?.[0]);
  const limit = type.startsWith('u') ? 2 ** bits : 2 ** (bits - 1);
  const max = Math.min(limit - 1, Number.MAX_SAFE_INTEGER);
  const min = type.startsWith('u') ? 0 : Math.max(-limit, Number.MIN_SAFE_INTEGER);
  return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, 0));
}

function hexText(byteLength: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: byteLength, maxLength: byteLength }).map(hexlify);
}
