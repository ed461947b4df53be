import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';
import { TypedDataEncoder, verifyTypedData } from 'ethers';
import { describe, expect, it } from 'vitest';

import { signatureHex } from '../../src/trust/keys/signature.js';
import { ticketMessage } from '../../src/trust/orders/ticket.js';
import { issuedReceipt, receiptMessage } from '../../src/trust/receipts/receipt.js';
import { attestationMessage } from '../../src/trust/receipts/source-attestation.js';
import { domainSeparator } from '../../src/trust/typed-data/domain.js';
import type { TypedMessage } from '../../src/trust/typed-data/typed-message.js';

import { broadcaster, domain, mediaOf, orchestrator, receiptsOver, signTicket } from './signed-job.js';

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const ticket = signTicket();
const [, issued] = receiptsOver(mediaOf('honest', 6), ticket);
if (issued === undefined) throw new Error('There is no receipt.');
const attestation = attestationMessage.sign(
  domain,
  { jobId: 'job-1', ticket: ticket.hash, windows: [0, 2].map((index) => ({ index, root: ticket.hash })) },
  broadcaster,
);

/** Every kind of signed message, as JSON has it. */
const kinds: [name: string, message: unknown, signature: string, check: (signed: unknown) => boolean][] = [
  kind('ticket', ticketMessage, ticket, broadcaster.address),
  kind('receipt', receiptMessage, issued, orchestrator.address),
  kind('attestation', attestationMessage, attestation, broadcaster.address),
];

function kind<T extends object>(
  name: string,
  messages: TypedMessage<T>,
  { message, signature }: { message: T; signature: string },
  signer: string,
): (typeof kinds)[number] {
  return [name, message, signature, (signed) => messages.check(domain, signed, signer).valid];
}

describe.each(kinds)('a signed %s', (_, message, signature, check) => {
  it('verifies as it is, also after it was written and read', () => {
    expect(check({ message, signature })).toBe(true);
    expect(check(JSON.parse(JSON.stringify({ message, signature })))).toBe(true);
  });

  it('verifies with no other signature', () => {
    const [r, s, v] = [signature.slice(2, 66), BigInt(`0x${signature.slice(66, 130)}`), signature.slice(130)];
    const highS = (order - s).toString(16).padStart(64, '0');
    const otherV = v === '1b' ? '1c' : '1b';
    const withV = (last: string) => `0x${r}${s.toString(16).padStart(64, '0')}${last}`;
    const others = {
      'high S, which is as good to the curve': `0x${r}${highS}${otherV}`,
      'V 0 or 1': withV(v === '1b' ? '00' : '01'),
      'the other V': withV(otherV),
      'V 29': withV('1d'),
      'a V of EIP-155': withV('25'),
      'the compact form of 64 bytes': `0x${r}${s.toString(16).padStart(64, '0')}`,
      'one byte more': `${signature}00`,
      capitals: `0x${signature.slice(2).toUpperCase()}`,
      'no 0x': signature.slice(2),
      'R of zero': `0x${'0'.repeat(64)}${signature.slice(66)}`,
      'S of zero': `0x${r}${'0'.repeat(64)}${v}`,
      'R beyond the order': `0x${order.toString(16)}${signature.slice(66)}`,
      nothing: '',
      'no text': 5,
    };
    for (const [name, other] of Object.entries(others))
      expect([name, check({ message, signature: other })]).toEqual([name, false]);
  });

  it('verifies with no bit of its signature changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 519 }), (bit) => {
        const bytes = Buffer.from(signature.slice(2), 'hex');
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return !check({ message, signature: `0x${bytes.toString('hex')}` });
      }),
      { numRuns: 100 },
    );
  });

  it('verifies with nothing of its message changed, left out or added', () => {
    const places = placesOf(message);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom(...mutations), fc.nat(), (path, mutate, seed) => {
        const mutated: unknown = structuredClone(message);
        if (!changeAt(mutated, path, (value) => mutate(value, seed))) return true;
        if (isDeepStrictEqual(mutated, message)) return true;
        return !check({ message: mutated, signature });
      }),
      { numRuns: 1000 },
    );
  });
});

it('is understood by a library that signs what wallets sign', () => {
  const types = { AttestedWindow: fields('uint32 index,bytes32 root') };
  const all = { SourceAttestation: fields('string jobId,bytes32 ticket,AttestedWindow[] windows'), ...types };
  const eip712Domain = { name: 'Millrace', version: '1', chainId: 1, verifyingContract: `0x${'0'.repeat(40)}` };
  expect(domainSeparator(domain)).toBe(TypedDataEncoder.hashDomain(eip712Domain));
  const signer = verifyTypedData(eip712Domain, all, attestation.message, attestation.signature);
  expect(signer.toLowerCase()).toBe(broadcaster.address);
});

it('a signature with high S is refused before the curve is asked', () => {
  const s = BigInt(`0x${ticket.signature.slice(66, 130)}`);
  const highS = (order - s).toString(16).padStart(64, '0');
  const other = `0x${ticket.signature.slice(2, 66)}${highS}${ticket.signature.endsWith('1b') ? '1c' : '1b'}`;
  expect(signatureHex.safeParse(ticket.signature).success).toBe(true);
  expect(signatureHex.safeParse(other).error?.issues[0]?.message).toBe(
    'expected the lower of the two values that S can have',
  );
});

it('a receipt with a field beside the signed ones is none', () => {
  expect(issuedReceipt.safeParse(issued).success).toBe(true);
  expect(issuedReceipt.safeParse({ ...issued, note: 'paid' }).success).toBe(false);
});

function fields(list: string): { type: string; name: string }[] {
  return list.split(',').map((field) => {
    const [type = '', name = ''] = field.split(' ');
    return { type, name };
  });
}

type Path = readonly (string | number)[];

/** Paths to every value inside. */
function placesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))];
}

const mutations: ((value: unknown, seed: number) => unknown)[] = [
  (value) => (typeof value === 'number' ? value + 1 : value),
  (value) => (typeof value === 'number' ? -value : value),
  (value) => (typeof value === 'number' ? value + 0.5 : value),
  (value) => (typeof value === 'number' ? String(value) : value),
  (value) => (typeof value === 'number' ? value + 2 ** 32 : value),
  (value) => (typeof value === 'number' ? value + 2 ** 64 : value),
  (value) => (typeof value === 'number' ? BigInt(value) : value),
  (value) => (typeof value === 'boolean' ? !value : value),
  (value) => (typeof value === 'boolean' ? Number(value) : value),
  (value) => (typeof value === 'string' ? value.toUpperCase() : value),
  (value) => (typeof value === 'string' ? ` ${value}` : value),
  (value) => (typeof value === 'string' ? value.slice(2) : value),
  (value, seed) => {
    if (typeof value !== 'string' || value === '') return value;
    const position = seed % value.length;
    const letter = value[position] === 'a' ? 'b' : 'a';
    return value.slice(0, position) + letter + value.slice(position + 1);
  },
  (value, seed) => (Array.isArray(value) ? value.toSpliced(seed % (value.length + 1), 1) : value),
  (value, seed) =>
    Array.isArray(value) && value.length > 0 ? [...(value as unknown[]), value[seed % value.length] as unknown] : value,
  (value) => (Array.isArray(value) ? value.toReversed() : value),
  (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, note: 1 } : value),
  () => undefined,
  () => null,
  () => [],
  () => 0,
  () => '',
];

/** Changes the value at a path in place; `false` where that is the message itself, or nothing came of it. */
function changeAt(root: unknown, path: Path, change: (value: unknown) => unknown): boolean {
  let parent: unknown = root;
  for (const key of path.slice(0, -1)) parent = (parent as Record<string, unknown>)[key];
  const last = path.at(-1);
  if (last === undefined) return false;
  const record = parent as Record<string, unknown>;
  const before = record[last];
  const after = change(before);
  if (Object.is(before, after)) return false;
  record[last] = after;
  return true;
}
