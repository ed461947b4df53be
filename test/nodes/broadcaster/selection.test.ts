import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  chooseOrchestrators,
  scoreOf,
  type Candidate,
  type Needs,
  type Offer,
} from '../../../src/nodes/broadcaster/selection.js';
import { isWithin } from '../../../src/rpc/order.js';
import { VideoCodec, type Price } from '../../../src/rpc/generated/millrace/v1/job.js';

const { VIDEO_CODEC_H264: h264, VIDEO_CODEC_HEVC: hevc } = VideoCodec;

const anything: Needs = {
  decoder: 'h264',
  encoders: [h264],
  pixelsPerSecond: 1_000_000,
  maxPrice: undefined,
  excluded: new Set(),
};

function candidate(address: string, offer: Partial<Offer> = {}, rest: Partial<Candidate> = {}): Candidate {
  return {
    address,
    latencyMs: 10,
    offer: {
      price: undefined,
      freePixelsPerSecond: 1e9,
      freeSessions: 4,
      decoders: ['h264', 'hevc'],
      encoders: [h264],
      ...offer,
    },
    isSuspended: false,
    ...rest,
  };
}

/** Numbers to draw, one after the other; the last one again and again. */
function drawing(...numbers: number[]): () => number {
  let index = 0;
  return () => numbers[Math.min(index++, numbers.length - 1)] ?? 0;
}

function order(candidates: Candidate[], needs: Partial<Needs> = {}, exploration = 0, random = drawing(0)): string[] {
  const chosen = chooseOrchestrators(candidates, { ...anything, ...needs }, { exploration, random });
  return chosen.map(({ address }) => address);
}

test('The one that answers fastest goes first.', () => {
  expect(order([candidate('a'), candidate('b', {}, { latencyMs: 5 }), candidate('c', {}, { latencyMs: 20 })])).toEqual([
    'b',
    'a',
    'c',
  ]);
});

test('A price counts as up to twice the latency.', () => {
  const dear = candidate('dear', { price: { wei: 100, pixels: 1 } }, { latencyMs: 10 });
  const cheap = candidate('cheap', { price: { wei: 1, pixels: 1 } }, { latencyMs: 19 });
  const slow = candidate('slow', { price: { wei: 1, pixels: 1 } }, { latencyMs: 21 });

  expect(order([slow, dear, cheap])).toEqual(['cheap', 'dear', 'slow']);
});

test('An orchestrator that has a codec with 8 bits is not asked for 10.', () => {
  const candidates = [
    candidate('eight', { encoders: [h264, hevc, VideoCodec.VIDEO_CODEC_AV1] }),
    candidate('ten', { encoders: [VideoCodec.VIDEO_CODEC_HEVC_10] }),
  ];

  expect(order(candidates, { encoders: [VideoCodec.VIDEO_CODEC_HEVC_10] })).toEqual(['ten']);
  expect(order(candidates, { encoders: [VideoCodec.VIDEO_CODEC_AV1] })).toEqual(['eight']);
});

test('Those that cannot decode or encode it, are too dear, or were tried are left out.', () => {
  const candidates = [
    candidate('decoder', { decoders: ['vp9'] }),
    candidate('encoder', { encoders: [hevc] }),
    candidate('dear', { price: { wei: 3, pixels: 2 } }),
    candidate('broken price', { price: { wei: 0, pixels: 0 } }),
    candidate('tried'),
    candidate('good', { price: { wei: 1, pixels: 1 } }),
  ];

  expect(order(candidates, { maxPrice: { wei: 1, pixels: 1 }, excluded: new Set(['tried']) })).toEqual(['good']);
});

test('A codec that is not known can be decoded by any.', () => {
  expect(order([candidate('a', { decoders: [] })], { decoder: '' })).toEqual(['a']);
});

test('The full go after those that nothing is known of, and the suspended last.', () => {
  const candidates = [
    candidate('suspended', {}, { isSuspended: true, latencyMs: 1 }),
    candidate('no session', { freeSessions: 0 }, { latencyMs: 1 }),
    candidate('no pixels', { freePixelsPerSecond: 999_999 }, { latencyMs: 2 }),
    candidate('unknown', {}, { offer: undefined, latencyMs: undefined }),
    candidate('free', {}, { latencyMs: 500 }),
  ];

  expect(order(candidates)).toEqual(['free', 'unknown', 'no session', 'no pixels', 'suspended']);
});

test('Exploration puts one first that nothing is known of.', () => {
  const unknown = { offer: undefined, latencyMs: undefined };
  const candidates = [candidate('a', {}, { latencyMs: 1 }), candidate('b'), candidate('c', {}, unknown)];

  expect(order(candidates, {}, 0.1, drawing(0, 0.09, 0))).toEqual(['c', 'a', 'b']);
  expect(order(candidates, {}, 0.1, drawing(0, 0.1, 0))).toEqual(['a', 'b', 'c']);
});

test('Exploration puts a random other one first where all are known.', () => {
  const candidates = [candidate('a', {}, { latencyMs: 1 }), candidate('b', {}, { latencyMs: 2 }), candidate('c')];

  expect(order(candidates, {}, 1, drawing(0, 0.99))).toEqual(['c', 'a', 'b']);
  expect(order([candidate('a')], {}, 1)).toEqual(['a']);
  expect(order([], {}, 1)).toEqual([]);
});

test('Prices are compared exactly.', () => {
  const most = Number.MAX_SAFE_INTEGER;

  expect(isWithin({ wei: most, pixels: most }, { wei: most - 1, pixels: most })).toBe(false);
  expect(isWithin({ wei: most - 1, pixels: most }, { wei: most - 2, pixels: most - 1 })).toBe(false);
  expect(isWithin({ wei: 2, pixels: 6 }, { wei: 1, pixels: 3 })).toBe(true);
});

describe('for any candidates', () => {
  const price: fc.Arbitrary<Price> = fc.record({ wei: fc.maxSafeNat(), pixels: fc.integer({ min: 1 }) });
  const codecs = fc.subarray([h264, hevc]);
  const offer: fc.Arbitrary<Offer> = fc.record({
    price: fc.option(price, { nil: undefined }),
    freePixelsPerSecond: fc.nat(100),
    freeSessions: fc.nat(2),
    decoders: fc.subarray(['h264', 'hevc', 'av1']),
    encoders: codecs,
  });
  const asked = fc.record({ latencyMs: fc.double({ min: 0, max: 1000, noNaN: true }), offer });
  const state = fc.oneof({ weight: 3, arbitrary: asked }, fc.constant({ latencyMs: undefined, offer: undefined }));
  const candidates = fc
    .array(fc.tuple(state, fc.boolean()), { maxLength: 12 })
    .map((list) => list.map(([known, isSuspended], index) => ({ address: `o${index}:1`, ...known, isSuspended })));
  const needs: fc.Arbitrary<Needs> = fc.record({
    decoder: fc.constantFrom('', 'h264', 'av1'),
    encoders: codecs,
    pixelsPerSecond: fc.nat(100),
    maxPrice: fc.option(price, { nil: undefined }),
    excluded: fc.subarray(['o0:1', 'o1:1', 'o2:1', 'o3:1']).map((addresses) => new Set(addresses)),
  });
  const numbers = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });

  /** For every choice there can be. */
  function always(check: (chosen: readonly Candidate[], all: readonly Candidate[], needs: Needs) => void): void {
    fc.assert(
      fc.property(candidates, needs, share, numbers, (all, needs, exploration, drawn) => {
        check(chooseOrchestrators(all, needs, { exploration, random: drawing(...drawn) }), all, needs);
      }),
      { numRuns: 300 },
    );
  }

  function hasRoom({ offer }: Candidate, { pixelsPerSecond }: Needs): boolean {
    return offer === undefined || (offer.freeSessions > 0 && offer.freePixelsPerSecond >= pixelsPerSecond);
  }

  test('Nobody is chosen who asks for more than the most that is paid.', () => {
    always((chosen, _, { maxPrice }) => {
      for (const { offer } of chosen) {
        if (maxPrice === undefined || offer?.price === undefined) continue;
        const { wei, pixels } = offer.price;
        expect(BigInt(wei) * BigInt(maxPrice.pixels) > BigInt(maxPrice.wei) * BigInt(pixels)).toBe(false);
      }
    });
  });

  test('Nobody is chosen who is known to be unable.', () => {
    always((chosen, _, { decoder, encoders }) => {
      for (const { offer } of chosen) {
        if (offer === undefined || offer.decoders.length === 0 || offer.encoders.length === 0) continue;
        expect(decoder === '' || offer.decoders.includes(decoder)).toBe(true);
        expect(encoders.filter((encoder) => !offer.encoders.includes(encoder))).toEqual([]);
      }
    });
  });

  test('An orchestrator that had no transcoder when it was asked may be able to do anything by now.', () => {
    always((chosen, all, { excluded, maxPrice }) => {
      const unknown = all.filter(({ address, offer }) => offer?.decoders.length === 0 && !excluded.has(address));
      const affordable = unknown.filter(({ offer }) => offer?.price === undefined || maxPrice === undefined);
      const able = affordable.filter(({ offer }) => offer?.encoders.length === 0 && offer.price === undefined);
      expect(able.filter((candidate) => !chosen.includes(candidate))).toEqual([]);
    });
  });

  test('Nobody is chosen who was tried, and nobody twice.', () => {
    always((chosen, all, { excluded }) => {
      expect(chosen.filter(({ address }) => excluded.has(address))).toEqual([]);
      expect(new Set(chosen).size).toBe(chosen.length);
      expect(chosen.every((candidate) => all.includes(candidate))).toBe(true);
    });
  });

  test('Everybody is chosen of whom nothing is known and who was not tried.', () => {
    always((chosen, all, { excluded }) => {
      const unknown = all.filter(({ offer, address }) => offer === undefined && !excluded.has(address));
      expect(unknown.filter((candidate) => !chosen.includes(candidate))).toEqual([]);
    });
  });

  test('The suspended come last, and the full right before them.', () => {
    always((chosen, _, needs) => {
      const ranks = chosen.map((candidate) => (candidate.isSuspended ? 2 : hasRoom(candidate, needs) ? 0 : 1));
      expect(ranks).toEqual(ranks.toSorted((one, other) => one - other));
    });
  });

  test('Without exploration, nobody with free capacity has a better score than the first.', () => {
    fc.assert(
      fc.property(candidates, needs, numbers, (all, needs, drawn) => {
        const chosen = chooseOrchestrators(all, needs, { exploration: 0, random: drawing(...drawn) });
        const prices = chosen.map(({ offer }) => (offer?.price ? offer.price.wei / offer.price.pixels : 0));
        const dearest = Math.max(0, ...prices);
        const free = chosen.filter((candidate) => !candidate.isSuspended && hasRoom(candidate, needs));
        const best = Math.min(...free.map((candidate) => scoreOf(candidate, dearest)));
        if (free[0] !== undefined) expect(scoreOf(free[0], dearest)).toBe(best);
      }),
      { numRuns: 300 },
    );
  });
});
