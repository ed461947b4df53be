import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { chooseTranscoder, type Candidate, type Needs } from '../../../src/nodes/orchestrator/choose-transcoder.js';
import { VideoCodec } from '../../../src/rpc/order.js';

const { VIDEO_CODEC_H264: h264, VIDEO_CODEC_HEVC: hevc } = VideoCodec;
const needs: Needs = { stream: 'stream', decoder: 'h264', encoders: new Set([h264]), pixelsPerSecond: 100 };

interface Named extends Candidate {
  name: string;
}

function candidate(name: string, changes: Partial<Candidate> & { warm?: string } = {}): Named {
  const { warm, ...rest } = changes;
  return {
    name,
    decoders: new Set(['h264']),
    encoders: new Set([h264]),
    pixelsPerSecond: 1000,
    busyPixelsPerSecond: 0,
    maxSessions: 0,
    sessions: 0,
    penalty: 0,
    draining: false,
    hasWarm: (stream) => stream === warm,
    ...rest,
  };
}

function chosen(candidates: Named[], changes: Partial<Needs> = {}): string {
  const choice = chooseTranscoder(candidates, { ...needs, ...changes });
  return 'none' in choice ? choice.none : choice.transcoder.name;
}

test('The least busy one is chosen.', () => {
  const busy = { busyPixelsPerSecond: 500, sessions: 1 };
  expect(chosen([candidate('busy', busy), candidate('idle')])).toBe('idle');
});

test('How busy one is goes by what it can do.', () => {
  const small = candidate('small', { busyPixelsPerSecond: 500, sessions: 1 });
  const large = candidate('large', { busyPixelsPerSecond: 1000, pixelsPerSecond: 10_000, sessions: 2 });
  expect(chosen([small, large])).toBe('large');
});

test('A stream goes to the one that has it warm, unless that is much busier.', () => {
  const warm = { warm: 'stream', sessions: 1 };
  expect(chosen([candidate('idle'), candidate('warm', { ...warm, busyPixelsPerSecond: 200 })])).toBe('warm');
  expect(chosen([candidate('idle'), candidate('warm', { ...warm, busyPixelsPerSecond: 300 })])).toBe('idle');
});

test('One that has failed lately comes behind one that is half busy.', () => {
  const halfBusy = candidate('half busy', { busyPixelsPerSecond: 490, sessions: 1 });
  expect(chosen([candidate('failed', { penalty: 1 }), halfBusy])).toBe('half busy');
  expect(chosen([candidate('failed', { penalty: 0.5 }), halfBusy])).toBe('failed');
});

test('One that has failed lately is better than none.', () => {
  expect(chosen([candidate('failed', { penalty: 10 })])).toBe('failed');
});

describe('Nobody is chosen, and the reason is', () => {
  test('that no transcoder is there.', () => {
    expect(chosen([])).toBe('noTranscoder');
    expect(chosen([candidate('draining', { draining: true })])).toBe('noTranscoder');
  });

  test('that none has the decoder.', () => {
    expect(chosen([candidate('one')], { decoder: 'av1' })).toBe('incapable');
  });

  test('that none has every encoder.', () => {
    expect(chosen([candidate('one')], { encoders: new Set([h264, hevc]) })).toBe('incapable');
  });

  test('that none encodes with 10 bits, though they have the codec.', () => {
    const eight = candidate('eight', { encoders: new Set([h264, hevc, VideoCodec.VIDEO_CODEC_AV1]) });
    for (const deep of [VideoCodec.VIDEO_CODEC_HEVC_10, VideoCodec.VIDEO_CODEC_AV1_10]) {
      expect(chosen([eight], { encoders: new Set([deep]) })).toBe('incapable');
      expect(chosen([eight, candidate('ten', { encoders: new Set([deep]) })], { encoders: new Set([deep]) })).toBe(
        'ten',
      );
    }
  });

  test('that those which could do it are busy.', () => {
    const full = candidate('full', { busyPixelsPerSecond: 950, sessions: 1 });
    expect(chosen([full, candidate('unable', { encoders: new Set() })])).toBe('full');
  });

  test('that those which could do it have all the sessions they take.', () => {
    expect(chosen([candidate('one', { maxSessions: 1, sessions: 1 })])).toBe('full');
  });
});

test('A source whose codec is not known is for any of them.', () => {
  expect(chosen([candidate('one', { decoders: new Set() })], { decoder: '' })).toBe('one');
});

test('One that is idle takes what is too much for it, as it is better tried than refused for ever.', () => {
  expect(chosen([candidate('one')], { pixelsPerSecond: 1_000_000 })).toBe('one');
});

test('The last pixel of a busy one can be had.', () => {
  const busy = candidate('busy', { busyPixelsPerSecond: 900, sessions: 1 });
  expect(chosen([busy], { pixelsPerSecond: 100 })).toBe('busy');
  expect(chosen([busy], { pixelsPerSecond: 101 })).toBe('full');
});

test('Whoever is chosen can do it, has room, and wants it; and one is chosen whenever there is such a one.', () => {
  const candidates = fc.array(
    fc
      .record({
        decodes: fc.boolean(),
        encodes: fc.boolean(),
        pixelsPerSecond: fc.integer({ min: 1, max: 1000 }),
        busyPixelsPerSecond: fc.nat(1000),
        maxSessions: fc.nat(3),
        sessions: fc.nat(3),
        penalty: fc.double({ min: 0, max: 5, noNaN: true }),
        draining: fc.boolean(),
        isWarm: fc.boolean(),
      })
      .map(({ decodes, encodes, isWarm, ...rest }) =>
        candidate('any', {
          ...rest,
          decoders: new Set(decodes ? ['h264'] : []),
          encoders: new Set(encodes ? [h264] : []),
          ...(isWarm && { warm: 'stream' }),
        }),
      ),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(candidates, (list) => {
      const suits = ({ decoders, encoders, draining, ...rest }: Named) =>
        decoders.has('h264') &&
        encoders.has(h264) &&
        !draining &&
        (rest.maxSessions === 0 || rest.sessions < rest.maxSessions) &&
        (rest.sessions === 0 || rest.busyPixelsPerSecond + 100 <= rest.pixelsPerSecond);
      const choice = chooseTranscoder(list, needs);
      if ('none' in choice) expect(list.filter(suits)).toEqual([]);
      else expect(suits(choice.transcoder)).toBe(true);
    }),
  );
});
