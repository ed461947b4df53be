import { z } from 'zod';

import { address, bytes32, type Address, type Bytes32 } from '../keys/signature.js';
import { attemptNumber, jobId, renditionName, uint32, uint64 } from '../typed-data/fields.js';
import { TypedMessage, type Signed } from '../typed-data/typed-message.js';

/** A broadcaster's order for one attempt of a job. */
export interface Ticket {
  jobId: string;
  /** 1 for the first. */
  attempt: number;
  /** Who orders and signs. */
  broadcaster: Address;
  /** Who is to do it, and nobody else. */
  orchestrator: Address;
  /** The commitment to the source's URL. */
  source: Bytes32;
  /** 1 to 32, with distinct names, in the order of the ladder. */
  renditions: OrderedRendition[];
  price: TicketPrice;
  /** From when on the order may be taken, in seconds since 1970. */
  notBefore: number;
  /** Until when, exclusive. An attempt that was begun in time may go on. */
  notAfter: number;
  /** How long a window of a receipt is: it ends with the first keyframe from there on. 100 to 60,000. */
  windowMs: number;
}

/** One rendition that is ordered. */
export interface OrderedRendition {
  name: string;
  /** The commitment to the URL that it is sent to. */
  publish: Bytes32;
  /** The commitment to the URL that it can be had from; zero where the broadcaster names none. */
  play: Bytes32;
  profile: OrderedProfile;
}

/** What a rendition is to be, as it goes over the network. */
export interface OrderedProfile {
  /** Of the box that the picture is fitted into; 0 follows from the height. */
  width: number;
  height: number;
  bitrateBps: number;
  /** 0: the source's own frame rate. */
  fpsNumerator: number;
  /** 0 only where the numerator is. */
  fpsDenominator: number;
  codec: OrderedCoding;
  /** Empty: the encoder's choice. */
  encoderProfile: '' | 'baseline' | 'main' | 'high';
  /** 0: every frame is a keyframe. */
  gopMs: number;
}

/** How the pictures are coded: the codec, and `-10` where they have 10 bits per sample; all others have 8. */
export type OrderedCoding = 'h264' | 'hevc' | 'hevc-10' | 'av1' | 'av1-10';

/** The codec that a coding is of. */
export function codecOf(coding: OrderedCoding): 'h264' | 'hevc' | 'av1' {
  if (coding === 'hevc-10') return 'hevc';
  return coding === 'av1-10' ? 'av1' : coding;
}

/** What is paid per encoded pixel, as a fraction. */
export interface TicketPrice {
  wei: number;
  /** Not 0. */
  pixels: number;
}

/** What stands where a rendition has no play URL. */
export const noCommitment: Bytes32 = `0x${'0'.repeat(64)}`;

const side = uint32.refine((value) => value <= 16_384, 'expected at most 16,384');

const profile: z.ZodType<OrderedProfile> = z
  .strictObject({
    width: side,
    height: side,
    bitrateBps: uint32,
    fpsNumerator: uint32,
    fpsDenominator: uint32,
    codec: z.enum(['h264', 'hevc', 'hevc-10', 'av1', 'av1-10']),
    encoderProfile: z.enum(['', 'baseline', 'main', 'high']),
    gopMs: uint32,
  })
  .refine(({ width, height }) => width > 0 || height > 0, 'expected a width or a height')
  .refine(
    ({ fpsNumerator, fpsDenominator }) => fpsNumerator === 0 || fpsDenominator > 0,
    'expected a denominator for the frame rate',
  );

const rendition: z.ZodType<OrderedRendition> = z.strictObject({
  name: renditionName,
  publish: bytes32,
  play: bytes32,
  profile,
});

const schema: z.ZodType<Ticket> = z
  .strictObject({
    jobId,
    attempt: attemptNumber,
    broadcaster: address,
    orchestrator: address,
    source: bytes32,
    renditions: z
      .array(rendition)
      .min(1)
      .max(32)
      .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'expected distinct names'),
    price: z.strictObject({ wei: uint64, pixels: uint64.refine((value) => value > 0, 'expected at least 1') }),
    notBefore: uint64,
    notAfter: uint64,
    windowMs: uint32.refine((value) => value >= 100 && value <= 60_000, 'expected 100 to 60,000'),
  })
  .refine(({ notBefore, notAfter }) => notBefore < notAfter, 'expected notAfter to be later than notBefore');

/** Hashing, signing and checking of tickets. */
export const ticketMessage = new TypedMessage<Ticket>(
  {
    Ticket: [
      { name: 'jobId', type: 'string' },
      { name: 'attempt', type: 'uint32' },
      { name: 'broadcaster', type: 'address' },
      { name: 'orchestrator', type: 'address' },
      { name: 'source', type: 'bytes32' },
      { name: 'renditions', type: 'OrderedRendition[]' },
      { name: 'price', type: 'Price' },
      { name: 'notBefore', type: 'uint64' },
      { name: 'notAfter', type: 'uint64' },
      { name: 'windowMs', type: 'uint32' },
    ],
    OrderedRendition: [
      { name: 'name', type: 'string' },
      { name: 'publish', type: 'bytes32' },
      { name: 'play', type: 'bytes32' },
      { name: 'profile', type: 'Profile' },
    ],
    Profile: [
      { name: 'width', type: 'uint32' },
      { name: 'height', type: 'uint32' },
      { name: 'bitrateBps', type: 'uint32' },
      { name: 'fpsNumerator', type: 'uint32' },
      { name: 'fpsDenominator', type: 'uint32' },
      { name: 'codec', type: 'string' },
      { name: 'encoderProfile', type: 'string' },
      { name: 'gopMs', type: 'uint32' },
    ],
    Price: [
      { name: 'wei', type: 'uint64' },
      { name: 'pixels', type: 'uint64' },
    ],
  },
  schema,
);

/** A ticket with its broadcaster's signature. */
export type SignedTicket = Signed<Ticket>;
