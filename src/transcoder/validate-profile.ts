import type { NativeRendition } from '../addon.js';
import { misuse } from './error.js';
import { choice, fieldsOf, listOf, numberIn, reject } from './option-checks.js';
import type { BitDepth, EncoderPreset, EncoderProfile, Profile, VideoCodec } from './options.js';
import { presets } from './presets.js';
import type { PresetName } from './presets.js';

/** What a profile says, with every default filled in. */
export type ValidProfile = Omit<NativeRendition, 'name' | 'output'>;

/** A rational number as native code takes it; 0/1 is the source's own frame rate. */
export interface FrameRate {
  fpsNumerator: number;
  fpsDenominator: number;
}

const maxFps = 480;
const encoderPresets: readonly EncoderPreset[] = [
  'ultrafast',
  'superfast',
  'veryfast',
  'faster',
  'fast',
  'medium',
  'slow',
  'slower',
  'veryslow',
];

export function validateProfile(value: unknown, where: string): ValidProfile {
  const profile = typeof value === 'string' ? presetOf(value, where) : value;
  const fields = fieldsOf<keyof Profile>(profile, where, [
    'width',
    'height',
    'fps',
    'bitrate',
    'codec',
    'bitDepth',
    'encoderProfile',
    'gop',
    'preset',
  ]);
  const width = validateSide(fields.width, `${where}.width`);
  const height = validateSide(fields.height, `${where}.height`);
  if (width === 0 && height === 0)
    throw misuse(`${where} needs a width or a height; only one of them can be left out.`);
  const codec = choice(fields.codec, `${where}.codec`, ['h264', 'hevc', 'av1'] as const, 'h264' as const);
  const bitDepth = validateBitDepth(fields.bitDepth, `${where}.bitDepth`, codec);
  return {
    width,
    height,
    ...validateFrameRate(fields.fps, `${where}.fps`),
    bitrateBps: validateBitrate(fields.bitrate, `${where}.bitrate`),
    codec,
    bitDepth,
    encoderProfile: validateEncoderProfile(fields.encoderProfile, `${where}.encoderProfile`, { codec, bitDepth }),
    gopMs: validateGop(fields.gop, `${where}.gop`),
    preset: choice(fields.preset, `${where}.preset`, encoderPresets, 'veryfast' as const),
  };
}

function presetOf(name: string, where: string): Profile {
  if (!Object.hasOwn(presets, name)) {
    throw misuse(
      `${where} names the preset ${JSON.stringify(name.slice(0, 60))}, which does not exist; see \`presets\`.`,
    );
  }
  return presets[name as PresetName];
}

function validateSide(value: unknown, where: string): number {
  if (value === 0) return 0;
  return numberIn(value, where, { min: 16, max: 16_384, unit: 'pixels', integer: true }, 0);
}

function validateBitDepth(value: unknown, where: string, codec: VideoCodec): BitDepth {
  if (value === undefined || value === 8) return 8;
  if (value !== 10) return reject(where, '8 or 10', value);
  if (codec === 'h264') throw misuse(`${where} can be 10 for the codecs hevc and av1; h264 has 8 bits.`);
  return 10;
}

function validateEncoderProfile(
  value: unknown,
  where: string,
  { codec, bitDepth }: Pick<ValidProfile, 'codec' | 'bitDepth'>,
): EncoderProfile | '' {
  if (value === undefined) return '';
  if (codec === 'h264') return choice(value, where, ['baseline', 'main', 'high'] as const, '');
  if (codec === 'hevc' && bitDepth === 8) return choice(value, where, ['main'] as const, '');
  throw misuse(
    `${where} is nothing to choose for ${codec} with ${bitDepth} bits, which has one profile; leave it out.`,
  );
}

function validateBitrate(value: unknown, where: string): number {
  const range = { min: 10_000, max: 1_000_000_000, unit: 'bits per second', integer: true };
  if (typeof value === 'number' && value > 0 && value < range.min) {
    throw misuse(
      `${where} is in bits per second, and ${value} is too few for video: for ${value} kbit/s write ${value * 1000}.`,
    );
  }
  return numberIn(value, where, range, undefined) ?? reject(where, 'a number of bits per second', value);
}

function validateGop(value: unknown, where: string): number {
  if (value === 'intra') return 0;
  if (typeof value === 'string') return reject(where, "a number of seconds, or 'intra'", value);
  return Math.round(numberIn(value, where, { min: 0.01, max: 600, unit: 'seconds' }, 2) * 1000);
}

export function validateFrameRate(value: unknown, where: string): FrameRate {
  if (value === undefined || value === 0) return { fpsNumerator: 0, fpsDenominator: 1 };
  if (typeof value === 'object') {
    const parts = listOf(value, where);
    const term = { min: 1, max: 1_000_000, unit: 'frames', integer: true };
    if (parts.length !== 2) return reject(where, 'a number, or a fraction [numerator, denominator]', value);
    const numerator = numberIn(parts[0], `${where}[0]`, term, 0);
    const denominator = numberIn(parts[1], `${where}[1]`, { ...term, unit: 'seconds' }, 0);
    numberIn(numerator / denominator, where, { min: 0.1, max: maxFps, unit: 'frames per second' }, 0);
    return reduced(numerator, denominator);
  }
  return fractionOf(numberIn(value, where, { min: 0.1, max: maxFps, unit: 'frames per second' }, 0));
}

/** 29.97 means 30000/1001, as do all its spellings; other rates are taken to a thousandth of a frame. */
function fractionOf(fps: number): FrameRate {
  const whole = Math.round(fps);
  if (fps === whole) return { fpsNumerator: whole, fpsDenominator: 1 };
  const isNtsc =
    [24, 30, 48, 60, 120, 240].includes(Math.ceil(fps)) && Math.abs((Math.ceil(fps) * 1000) / 1001 - fps) < 0.006;
  if (isNtsc) return { fpsNumerator: Math.ceil(fps) * 1000, fpsDenominator: 1001 };
  return reduced(Math.round(fps * 1000), 1000);
}

function reduced(numerator: number, denominator: number): FrameRate {
  let [divisor, rest] = [numerator, denominator];
  while (rest !== 0) [divisor, rest] = [rest, divisor % rest];
  return { fpsNumerator: numerator / divisor, fpsDenominator: denominator / divisor };
}
