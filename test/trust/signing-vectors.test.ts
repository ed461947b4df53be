import { readFileSync } from 'node:fs';

import { TypedDataEncoder, keccak256, toUtf8Bytes, type TypedDataField } from 'ethers';
import { describe, expect, it } from 'vitest';

import { Signer } from '../../src/trust/keys/signer.js';
import { ticketMessage } from '../../src/trust/orders/ticket.js';
import { commitUrl, commitmentOf, type OpenedUrl } from '../../src/trust/orders/url-commitment.js';
import { receiptMessage } from '../../src/trust/receipts/receipt.js';
import { attestationMessage } from '../../src/trust/receipts/source-attestation.js';
import { domainSeparator } from '../../src/trust/typed-data/domain.js';
import type { TypedMessage } from '../../src/trust/typed-data/typed-message.js';

interface Vectors {
  domain: { name: string; version: string; chainId: number; verifyingContract: string };
  domainSeparator: string;
  keys: Record<'broadcaster' | 'orchestrator', { privateKey: string; address: string }>;
  salt: string;
  urls: (OpenedUrl & { commitment: string })[];
  messages: MessageVector[];
  refusedSignatures: { name: string; signature: string }[];
}

interface MessageVector {
  name: string;
  primaryType: 'Ticket' | 'Receipt' | 'SourceAttestation';
  types: Record<string, TypedDataField[]>;
  encodedType: string;
  typeHash: string;
  signer: 'broadcaster' | 'orchestrator';
  message: Record<string, unknown>;
  hash: string;
  signature: string;
}

const vectors = JSON.parse(readFileSync(new URL('./signing-vectors.json', import.meta.url), 'utf8')) as Vectors;
const domain = { chainId: vectors.domain.chainId };
const kinds: Record<MessageVector['primaryType'], TypedMessage<object>> = {
  Ticket: ticketMessage,
  Receipt: receiptMessage,
  SourceAttestation: attestationMessage,
};

it('the domain has the separator of the vectors', () => {
  expect(domainSeparator(domain)).toBe(vectors.domainSeparator);
  expect(TypedDataEncoder.hashDomain(vectors.domain)).toBe(vectors.domainSeparator);
});

it('the keys have the addresses of the vectors', () => {
  for (const { privateKey, address } of Object.values(vectors.keys))
    expect(new Signer(privateKey).address).toBe(address);
});

it('the URLs have the commitments of the vectors', () => {
  for (const { label, url, blinding, commitment } of vectors.urls) {
    expect(commitUrl(vectors.salt, label, url)).toBe(commitment);
    expect(commitmentOf({ url, blinding })).toBe(commitment);
    expect(JSON.stringify(vectors.messages[0]?.message)).toContain(commitment);
  }
});

describe.each(vectors.messages)('$name of the vectors', (vector) => {
  const { types, message, hash, signature } = vector;
  const kind = kinds[vector.primaryType];
  const { privateKey, address } = vectors.keys[vector.signer];

  it('has the type', () => {
    expect(kind.encodedType).toBe(vector.encodedType);
    expect(keccak256(toUtf8Bytes(vector.encodedType))).toBe(vector.typeHash);
  });

  it('has the hash, here and by the types of the vectors alone', () => {
    expect(kind.hash(domain, message)).toBe(hash);
    expect(TypedDataEncoder.hash(vectors.domain, types, message)).toBe(hash);
  });

  it('is signed as in the vectors, and verifies', () => {
    expect(kind.sign(domain, message, new Signer(privateKey))).toEqual({ message, signature, hash });
    expect(kind.check(domain, { message, signature }, address)).toEqual({ valid: true, message, hash });
  });
});

it.each(vectors.refusedSignatures)('the ticket of the vectors does not verify with $name', ({ signature }) => {
  const message = vectors.messages[0]?.message;
  const signer = vectors.keys.broadcaster.address;
  expect(ticketMessage.check(domain, { message, signature }, signer)).toMatchObject({ valid: false });
});
