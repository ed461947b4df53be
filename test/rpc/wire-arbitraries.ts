import fc from 'fast-check';

import { FaultClass, RenditionState, type ValidAttemptEvent } from '../../src/rpc/attempt-event.js';
import type { Hello } from '../../src/rpc/hello.js';
import type { Offer } from '../../src/rpc/offer.js';
import type { PaymentAnswer, PaymentDue, ValidPayment, ValidPaymentParameters } from '../../src/rpc/payment.js';
import { VideoCodec, type ValidOrder } from '../../src/rpc/order.js';

const characters = (of: string, length: { minLength: number; maxLength: number }) =>
  fc.string({ ...length, unit: fc.constantFrom(...of.split(/(?:)/)) });
const letters = 'abcXYZ019';

const identifier = characters(`${letters}_-`, { minLength: 1, maxLength: 64 });
const renditionName = characters(`${letters}._-`, { minLength: 1, maxLength: 64 });
const word = characters(`${letters}_`, { minLength: 0, maxLength: 64 });
const codec = characters('abc019_', { minLength: 0, maxLength: 32 });
const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const uint32 = fc.nat({ max: 0xffff_ffff });
const figure = fc.double({ min: 0, max: 1e300, noNaN: true }).map((number) => number + 0);
const timestampUs = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const attempt = fc.integer({ min: 1, max: 1_000_000 });
const text = fc.string({ unit: 'binary', maxLength: 200 });
const videoCodec = fc.constantFrom(
  VideoCodec.VIDEO_CODEC_H264,
  VideoCodec.VIDEO_CODEC_HEVC,
  VideoCodec.VIDEO_CODEC_AV1,
  VideoCodec.VIDEO_CODEC_HEVC_10,
  VideoCodec.VIDEO_CODEC_AV1_10,
);
const url = fc.webUrl({ withQueryParameters: true });
const price = fc.record({ wei: whole, pixels: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) });

/** The fields that are there, with those that may be absent left out now and then. */
function withOptional<Required extends object, Optional extends object>(
  required: { [Key in keyof Required]: fc.Arbitrary<Required[Key]> },
  optional: { [Key in keyof Optional]: fc.Arbitrary<Optional[Key]> },
): fc.Arbitrary<Required & Partial<Optional>> {
  return fc
    .tuple(fc.record(required), fc.record(optional, { requiredKeys: [] }))
    .map(([there, perhaps]) => ({ ...there, ...perhaps }) as Required & Partial<Optional>);
}

const profile = fc
  .record({
    width: fc.nat({ max: 16_384 }),
    height: fc.integer({ min: 1, max: 16_384 }),
    bitrateBps: fc.integer({ min: 10_000, max: 1_000_000_000 }),
    fpsNumerator: uint32,
    fpsDenominator: fc.integer({ min: 1, max: 0xffff_ffff }),
    codec: videoCodec,
    encoderProfile: fc.constantFrom('', 'baseline', 'main', 'high'),
    gopMs: fc.oneof(fc.constant(0), fc.integer({ min: 10, max: 600_000 })),
  })
  .chain((sides) => fc.constantFrom(sides, { ...sides, width: sides.height, height: 0 }));

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

const ticket = fc.record({
  broadcaster: bytes(20),
  orchestrator: bytes(20),
  priceWei: whole,
  pricePixels: whole,
  notBefore: whole,
  notAfter: whole,
  windowMs: uint32,
  salt: bytes(32),
  play: fc.array(bytes(32), { maxLength: 3 }),
  signature: bytes(65),
});

export const orders: fc.Arbitrary<ValidOrder> = withOptional(
  {
    jobId: identifier,
    attempt,
    stream: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 256 }),
    sequence: whole,
    source: fc.record({ url, videoCodec: codec }),
    renditions: fc.uniqueArray(fc.record({ name: renditionName, profile, outputUrl: url }), {
      minLength: 1,
      maxLength: 32,
      selector: ({ name }) => name,
    }),
    durationMs: uint32,
    windowMs: fc.oneof(fc.constant(0), fc.integer({ min: 100, max: 60_000 })),
  },
  { ticket, timestampBaseUs: timestampUs, resumeAtUs: timestampUs, maxPrice: price },
);

const uint256 = fc.uint8Array({ maxLength: 32 });

export const paymentParameters: fc.Arbitrary<ValidPaymentParameters> = fc.record({
  recipient: bytes(20),
  faceValueWei: uint256,
  winProbability: uint256,
  recipientRandHash: bytes(32),
  seed: uint256,
  expirationBlock: uint256,
  creationRound: uint256,
  creationRoundBlockHash: bytes(32),
  price,
});

export const payments: fc.Arbitrary<ValidPayment> = fc.record({
  sender: bytes(20),
  parameters: paymentParameters,
  tickets: fc.array(fc.record({ senderNonce: uint32, signature: bytes(65) }), { minLength: 1, maxLength: 5 }),
});

export const paymentAnswers: fc.Arbitrary<PaymentAnswer> = fc.record({ accepted: uint32, refused: uint32, code: word });

export const paymentDues: fc.Arbitrary<PaymentDue> = fc.record({ attempt, neededWei: uint256 });

export const hellos: fc.Arbitrary<Hello> = fc.record({
  instanceId: identifier,
  name: fc.string({ minLength: 1, maxLength: 64 }),
  version: fc.string({ maxLength: 64 }),
  pixelsPerSecond: fc.integer({ min: 1, max: 1e12 }),
  maxSessions: uint32,
  decoders: fc.array(codec, { maxLength: 64 }),
  encoders: fc.array(videoCodec, { maxLength: 16 }),
  devices: fc.array(fc.string({ maxLength: 128 }), { maxLength: 64 }),
  running: fc.array(fc.record({ jobId: identifier, attempt }), { maxLength: 20 }),
});

export const offers: fc.Arbitrary<Offer> = withOptional(
  {
    price,
    freePixelsPerSecond: whole,
    pixelsPerSecond: whole,
    freeSessions: uint32,
    runningSessions: uint32,
    decoders: fc.array(codec, { maxLength: 64 }),
    encoders: fc.array(videoCodec, { maxLength: 16 }),
    address: bytes(20),
  },
  { chainId: whole },
);

const fault = fc.record({
  class: fc.constantFrom(
    FaultClass.FAULT_CLASS_SOURCE,
    FaultClass.FAULT_CLASS_OUTPUT,
    FaultClass.FAULT_CLASS_TRANSCODER,
    FaultClass.FAULT_CLASS_ORCHESTRATOR,
    FaultClass.FAULT_CLASS_CANCELLED,
    FaultClass.FAULT_CLASS_BROADCASTER,
  ),
  code: word,
  stage: word,
  message: text,
  url: text,
});

const latency = fc.record({
  count: whole,
  p50Ms: figure,
  p99Ms: figure,
  maxMs: figure,
  buckets: fc.array(fc.record({ upToMs: figure, count: whole }), { maxLength: 64 }),
});

const renditionProgress = withOptional(
  {
    name: renditionName,
    state: fc.constantFrom(
      RenditionState.RENDITION_STATE_WAITING,
      RenditionState.RENDITION_STATE_RUNNING,
      RenditionState.RENDITION_STATE_FINISHED,
      RenditionState.RENDITION_STATE_FAILED,
    ),
    framesEncoded: whole,
    framesOut: whole,
    framesDropped: whole,
    bytes: whole,
    pixelsEncoded: whole,
    bitrateBps: whole,
  },
  { lastTimestampUs: timestampUs, latency },
);

const progress = withOptional(
  {
    elapsedMs: whole,
    sourceBytes: whole,
    sourceAccessUnits: whole,
    sourceFrames: whole,
    decodeErrors: whole,
    realTimeRatio: figure,
    renditions: fc.array(renditionProgress, { maxLength: 5 }),
  },
  { lastSourceTimestampUs: timestampUs },
);

const started = fc.record({
  timestampBaseUs: timestampUs,
  videoCodec: codec,
  width: uint32,
  height: uint32,
  fps: figure,
  audioCodec: codec,
});

const name = renditionName;
const event: fc.Arbitrary<ValidAttemptEvent['event']> = fc.oneof(
  fc.record({ $case: fc.constant('started' as const), value: started }),
  fc.record({
    $case: fc.constant('renditionStarted' as const),
    value: fc.record({ name, sinceSourceFirstByteMs: figure }),
  }),
  fc.record({ $case: fc.constant('progress' as const), value: progress }),
  fc.record({ $case: fc.constant('renditionFailed' as const), value: fc.record({ name, fault }) }),
  fc.record({ $case: fc.constant('renditionFinished' as const), value: fc.record({ name }) }),
  fc.record({ $case: fc.constant('warning' as const), value: fc.record({ code: word, message: text }) }),
  fc.record({ $case: fc.constant('ended' as const), value: withOptional({}, { fault, progress }) }),
);

export const attemptEvents: fc.Arbitrary<ValidAttemptEvent> = fc.record({ jobId: identifier, attempt, event });
