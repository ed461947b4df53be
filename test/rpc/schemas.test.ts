import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';

import { attemptEvent } from '../../src/rpc/attempt-event.js';
import { AttemptEvent, Order } from '../../src/rpc/generated/millrace/v1/job.js';
import { GetOfferResponse } from '../../src/rpc/generated/millrace/v1/orchestrator.js';
import { Payment, PaymentAnswer, PaymentDue, PaymentParameters } from '../../src/rpc/generated/millrace/v1/payment.js';
import { Hello, Welcome } from '../../src/rpc/generated/millrace/v1/transcoder.js';
import { hello, welcome } from '../../src/rpc/hello.js';
import { offer } from '../../src/rpc/offer.js';
import {
  payment,
  paymentAnswer,
  paymentDue,
  paymentParameters as paymentParametersSchema,
} from '../../src/rpc/payment.js';
import { VideoCodec, encoders, order, pixelsPerSecond, type ValidOrder } from '../../src/rpc/order.js';
import { WireFault, checked } from '../../src/rpc/wire-fault.js';
import { sampleFault, sampleOrder, sampleProgress, sampleRendition } from '../nodes/wire-samples.js';
import {
  attemptEvents,
  hellos,
  offers,
  orders,
  paymentAnswers,
  paymentDues,
  paymentParameters,
  payments,
} from './wire-arbitraries.js';

/** Generated code for one kind of message. */
interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

describe('What is valid comes through the wire and the check as it was:', () => {
  test.each([
    ['an order', Order, order, orders],
    ['an event of an attempt', AttemptEvent, attemptEvent, attemptEvents],
    ['a hello', Hello, hello, hellos],
    ['an offer', GetOfferResponse, offer, offers],
    ['payment parameters', PaymentParameters, paymentParametersSchema, paymentParameters],
    ['a payment', Payment, payment, payments],
    ['an answer to a payment', PaymentAnswer, paymentAnswer, paymentAnswers],
    ['a payment that is due', PaymentDue, paymentDue, paymentDues],
  ] as unknown as [string, Codec, z.ZodType, fc.Arbitrary<unknown>][])('%s', (_name, codec, schema, messages) => {
    fc.assert(
      fc.property(messages, (message) => {
        const arrived = codec.decode(codec.encode(message).finish());
        expect(checked(schema, arrived)).toEqual(message);
      }),
      { numRuns: 200 },
    );
  });

  test('a welcome', () => {
    const message = { heartbeatMs: 500, leaseMs: 1500, progressMs: 250, revoked: [{ jobId: 'job', attempt: 3 }] };
    expect(checked(welcome, Welcome.decode(Welcome.encode(message).finish()))).toEqual(message);
  });
});

test('Bytes that are no message are either no message or refused, and never taken for a valid order.', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const arrived = decoded(bytes);
      if (arrived === undefined) return;
      expect(() => checked(order, arrived)).toThrow(WireFault);
    }),
  );
});

const secretUrl = 'rtmp://user:hunter2@media.example/live/stream-key?token=hunter2';

describe('An order is refused that has', () => {
  const [rendition] = sampleOrder().renditions;
  if (rendition === undefined) throw new Error('unreachable: the sample has a rendition');
  const withRendition = (changes: object) => ({ renditions: [{ ...rendition, ...changes }] });
  const withProfile = (changes: object) => withRendition({ profile: { ...rendition.profile, ...changes } });

  test.each([
    ['no job id', 'jobId', { jobId: '' }],
    ['a job id with a slash', 'jobId', { jobId: '../job' }],
    ['a job id of 65 letters', 'jobId', { jobId: 'x'.repeat(65) }],
    ['an attempt before the first', 'attempt', { attempt: 0 }],
    ['an attempt past the last', 'attempt', { attempt: 1_000_001 }],
    ['no stream', 'stream', { stream: '' }],
    ['a stream of 257 letters', 'stream', { stream: 'x'.repeat(257) }],
    ['no source', 'source', { source: undefined }],
    ['an empty source', 'source.url', { source: { url: '', videoCodec: '' } }],
    ['a source that is too long', 'source.url', { source: { url: secretUrl + 'x'.repeat(4096), videoCodec: '' } }],
    ['a codec that is no word', 'source.videoCodec', { source: { url: secretUrl, videoCodec: 'H 264' } }],
    ['no rendition', 'renditions', { renditions: [] }],
    ['33 renditions', 'renditions', { renditions: Array.from({ length: 33 }, (_, i) => sampleRendition(`r${i}`)) }],
    ['two renditions of one name', 'renditions', { renditions: [rendition, rendition] }],
    ['a rendition without a name', 'renditions.0.name', withRendition({ name: '' })],
    ['a rendition with a slash in its name', 'renditions.0.name', withRendition({ name: 'a/b' })],
    ['a rendition without a profile', 'renditions.0.profile', withRendition({ profile: undefined })],
    ['a rendition without an output', 'renditions.0.outputUrl', withRendition({ outputUrl: '' })],
    ['an output that is too long', 'renditions.0.outputUrl', withRendition({ outputUrl: secretUrl.repeat(99) })],
    ['no side', 'renditions.0.profile', withProfile({ width: 0, height: 0 })],
    ['a side that is too long', 'renditions.0.profile.width', withProfile({ width: 16_385 })],
    ['too few bits', 'renditions.0.profile.bitrateBps', withProfile({ bitrateBps: 9999 })],
    ['too many bits', 'renditions.0.profile.bitrateBps', withProfile({ bitrateBps: 1_000_000_001 })],
    ['a frame rate over nothing', 'renditions.0.profile', withProfile({ fpsDenominator: 0 })],
    ['no codec', 'renditions.0.profile.codec', withProfile({ codec: VideoCodec.VIDEO_CODEC_UNSPECIFIED })],
    ['a codec of a later version', 'renditions.0.profile.codec', withProfile({ codec: VideoCodec.UNRECOGNIZED })],
    ['an unknown profile of the codec', 'renditions.0.profile.encoderProfile', withProfile({ encoderProfile: 'best' })],
    ['keyframes too close together', 'renditions.0.profile.gopMs', withProfile({ gopMs: 9 })],
    ['keyframes too far apart', 'renditions.0.profile.gopMs', withProfile({ gopMs: 600_001 })],
    ['a price for no pixels', 'maxPrice.pixels', { maxPrice: { wei: 1, pixels: 0 } }],
    ['a sequence that is no whole number', 'sequence', { sequence: 0.5 }],
    ['a timestamp that no number holds', 'resumeAtUs', { resumeAtUs: 2 ** 60 }],
  ])('%s, naming %s and showing no URL.', (_what, field, changes) => {
    const source = { url: secretUrl, videoCodec: 'h264' };
    const sentence = refusal(order, { ...sampleOrder({ source }), ...changes });
    expect(sentence.split(' ')[0]).toBe(field);
    expect(sentence).not.toMatch(/hunter2|stream-key|media\.example/);
  });
});

describe('An event is refused that has', () => {
  const event = (body: unknown) => ({ jobId: 'job', attempt: 1, event: body });
  const ended = (fault: object) => event({ $case: 'ended', value: { fault: { ...sampleFault('source'), ...fault } } });
  const [rendition] = sampleProgress(1, 1).renditions;
  const progress = (changes: object) => event({ $case: 'progress', value: { ...sampleProgress(1, 1), ...changes } });

  test.each([
    ['no job id', 'jobId', { ...event({ $case: 'ended', value: {} }), jobId: '' }],
    ['no attempt', 'attempt', { ...event({ $case: 'ended', value: {} }), attempt: 0 }],
    ['nothing in it', 'event', event(undefined)],
    ['a fault without a class', 'event.value.fault.class', ended({ class: 'FAULT_CLASS_UNSPECIFIED' })],
    ['a fault of a class of a later version', 'event.value.fault.class', ended({ class: 'UNRECOGNIZED' })],
    ['a code that is a sentence', 'event.value.fault.code', ended({ code: 'not a code' })],
    ['a message that is too long', 'event.value.fault.message', ended({ message: 'x'.repeat(4097) })],
    [
      'a failed rendition without a reason',
      'event.value.fault',
      event({ $case: 'renditionFailed', value: { name: 'a' } }),
    ],
    ['progress that goes back in time', 'event.value.elapsedMs', progress({ elapsedMs: -1 })],
    ['a ratio that is no number', 'event.value.realTimeRatio', progress({ realTimeRatio: NaN })],
    ['a ratio without an end', 'event.value.realTimeRatio', progress({ realTimeRatio: Infinity })],
    ['33 renditions', 'event.value.renditions', progress({ renditions: Array.from({ length: 33 }, () => rendition) })],
    [
      'a state of a later version',
      'event.value.renditions.0.state',
      progress({ renditions: [{ ...rendition, state: 'UNRECOGNIZED' }] }),
    ],
  ])('%s, naming %s.', (_what, field, message) => {
    expect(refusal(attemptEvent, message).split(' ')[0]).toBe(field);
  });
});

test.each([
  ['no capacity', 'pixelsPerSecond', { pixelsPerSecond: 0 }],
  ['no instance', 'instanceId', { instanceId: '' }],
  ['no name', 'name', { name: '' }],
  ['too many decoders', 'decoders', { decoders: Array.from({ length: 65 }, () => 'h264') }],
  ['too many encoders', 'encoders', { encoders: Array.from({ length: 65 }, () => VideoCodec.VIDEO_CODEC_AV1) }],
])('A hello is refused that has %s, naming %s.', (_what, field, changes) => {
  const valid = {
    instanceId: 'instance',
    name: 'name',
    version: '1.0.0',
    pixelsPerSecond: 1,
    maxSessions: 0,
    decoders: [],
    encoders: [],
    devices: [],
    running: [],
  };
  expect(checked(hello, valid)).toEqual(valid);
  expect(refusal(hello, { ...valid, ...changes }).split(' ')[0]).toBe(field);
});

test('An encoder of a later version is passed over in a hello and in an offer, and the others are not.', () => {
  const list = [VideoCodec.UNRECOGNIZED, VideoCodec.VIDEO_CODEC_UNSPECIFIED, VideoCodec.VIDEO_CODEC_AV1_10];
  expect(checked(encoders, list)).toEqual([VideoCodec.VIDEO_CODEC_AV1_10]);
});

describe('What a job takes in pixels per second', () => {
  const one = (changes: Partial<ValidOrder['renditions'][number]['profile']>) => {
    const rendition = sampleRendition('any');
    return pixelsPerSecond([{ ...rendition, profile: { ...rendition.profile, ...changes } }]);
  };

  test('is the area times the frame rate.', () => {
    expect(one({ width: 1280, height: 720, fpsNumerator: 60, fpsDenominator: 2 })).toBe(1280 * 720 * 30);
  });

  test('is reckoned with 30 frames per second where none is said.', () => {
    expect(one({ width: 1280, height: 720, fpsNumerator: 0, fpsDenominator: 0 })).toBe(1280 * 720 * 30);
  });

  test('is reckoned with 16:9 where a side is open.', () => {
    expect(one({ width: 1280, height: 0 })).toBe(1280 * 720 * 30);
    expect(one({ width: 0, height: 720 })).toBe(1280 * 720 * 30);
  });

  test('is the sum over the renditions.', () => {
    const renditions = [sampleRendition('one'), sampleRendition('two')];
    expect(pixelsPerSecond(renditions)).toBe(2 * one({}));
  });
});

/** The sentence with which a message is refused. */
function refusal(schema: z.ZodType, message: object): string {
  try {
    checked(schema, message);
  } catch (error) {
    if (error instanceof WireFault) return error.message;
    throw error;
  }
  throw new Error('The message was not refused.');
}

function decoded(bytes: Uint8Array): Order | undefined {
  try {
    return Order.decode(bytes);
  } catch {
    return undefined;
  }
}
