import type { Profile } from '../../rpc/generated/millrace/v1/job.js';
import { TranscodeError } from '../../transcoder/error.js';
import type { EncoderProfile, Profile as ProfileOptions, VideoCodec } from '../../transcoder/options.js';
import { validateProfile } from '../../transcoder/validate-profile.js';

import { wireCoding, type EngineCoding } from '../coding.js';
import type { ProfileFields } from './configuration.js';
import { Problem } from './problem.js';

/** A profile and what its rendition is called, in events and in URLs. */
export interface NamedProfile {
  /** 1 to 64 letters, digits, '.', '-' and '_'; neither `.` nor `..`. */
  name: string;
  profile: Profile;
}

const encoders: Readonly<Record<string, VideoCodec>> = {
  '': 'h264',
  'h.264': 'h264',
  h264: 'h264',
  avc: 'h264',
  'h.265': 'hevc',
  h265: 'hevc',
  hevc: 'hevc',
  av1: 'av1',
};

/** Constrained High is High without what is never used here: interlacing, and B-frames in the latency tune. */
const h264Profiles: Readonly<Record<string, EncoderProfile>> = {
  h264baseline: 'baseline',
  h264main: 'main',
  h264high: 'high',
  h264constrainedhigh: 'high',
  baseline: 'baseline',
  main: 'main',
  high: 'high',
  constrainedhigh: 'high',
};

/**
 * Takes a profile in Livepeer's shape: `bitrate` is in bits per second, or a text such as `6000k`; `fps` is over
 * `fpsDen`, 0 being the source's; `gop` is in seconds, `0.0` being the default of 2 s, or `intra`. A profile without a
 * name is called `custom_WIDTHxHEIGHT_BITRATE`, as in Livepeer.
 *
 * `encoder` is H.264, HEVC or AV1, and `colorDepth` 8 or, for the latter two, 10. Renditions are 4:2:0; asking for others is
 * refused. `quality` is not looked at: the bitrate decides.
 *
 * @param where the field, such as `profiles[1]`
 * @throws Problem `configuration-invalid`
 */
export function namedProfile(fields: ProfileFields, where: string): NamedProfile {
  const profile = wireProfile(profileOptions(fields, where), where);
  checkChroma(fields, where);
  const name = fields.name ?? '';
  if (name !== '') return { name: checkName(name, `${where}.name`), profile };
  return { name: `custom_${profile.width}x${profile.height}_${profile.bitrateBps}`, profile };
}

/**
 * The profile as it is ordered of an orchestrator, once its values are found to be in range.
 *
 * @param where the field, such as `profiles[1]`
 * @throws Problem `configuration-invalid`
 */
export function wireProfile(options: ProfileOptions, where: string): Profile {
  const { width, height, bitrateBps, fpsNumerator, fpsDenominator, encoderProfile, gopMs, ...coding } = checked(
    options,
    where,
  );
  return {
    width,
    height,
    bitrateBps,
    fpsNumerator,
    fpsDenominator,
    codec: wireCoding(coding),
    encoderProfile,
    gopMs,
  };
}

function checked(options: ProfileOptions, where: string): ReturnType<typeof validateProfile> {
  try {
    return validateProfile(options, where);
  } catch (error) {
    if (!(error instanceof TranscodeError)) throw error;
    // Every sentence of the library's checks begins with where the value stands.
    const field = /^\S+/.exec(error.message)?.[0] ?? where;
    throw new Problem('configuration-invalid', error.message, { field });
  }
}

function profileOptions(fields: ProfileFields, where: string): ProfileOptions {
  const codec = encoderOf(fields.encoder ?? '', `${where}.encoder`);
  const bitDepth = bitDepthOf(fields.colorDepth ?? 0, codec, `${where}.colorDepth`);
  const encoderProfile = encoderProfileOf(fields.profile ?? '', { codec, bitDepth }, `${where}.profile`);
  const gop = gopOf(fields.gop ?? 0, `${where}.gop`);
  return {
    width: fields.width ?? 0,
    height: fields.height ?? 0,
    bitrate: bitrateOf(fields.bitrate, `${where}.bitrate`),
    fps: frameRateOf(fields, where),
    codec,
    bitDepth,
    ...(encoderProfile === undefined ? {} : { encoderProfile }),
    ...(gop === undefined ? {} : { gop }),
  };
}

function encoderOf(encoder: string, field: string): VideoCodec {
  const name = encoder.toLowerCase();
  const codec = Object.hasOwn(encoders, name) ? encoders[name] : undefined;
  if (codec !== undefined) return codec;
  throw refused(
    field,
    `should be H.264, HEVC or AV1, which are what renditions can be encoded in, not ${shown(encoder)}`,
  );
}

/** In Livepeer, a depth of 0 is 8 bits. */
function bitDepthOf(colorDepth: number, codec: VideoCodec, field: string): 8 | 10 {
  if (colorDepth === 0 || colorDepth === 8) return 8;
  if (colorDepth === 10 && codec !== 'h264') return 10;
  throw refused(field, `should be 8, or 10 where the encoder is HEVC or AV1, not ${colorDepth}`);
}

function encoderProfileOf(name: string, coding: EngineCoding, field: string): EncoderProfile | undefined {
  const key = name.toLowerCase();
  if (key === '' || key === 'none') return undefined;
  if (coding.codec !== 'h264') {
    const only = coding.codec === 'hevc' && coding.bitDepth === 10 ? 'main10' : 'main';
    if (key !== only) throw refused(field, `should be none or ${only}, which is what there is, not ${shown(name)}`);
    return coding.codec === 'hevc' && coding.bitDepth === 8 ? 'main' : undefined;
  }
  const found = Object.hasOwn(h264Profiles, key) ? h264Profiles[key] : undefined;
  if (found !== undefined) return found;
  throw refused(field, `should be H264Baseline, H264Main, H264High, H264ConstrainedHigh or none, not ${shown(name)}`);
}

/** Undefined: the default. */
function gopOf(gop: string | number, field: string): number | 'intra' | undefined {
  if (gop === '') return undefined;
  if (typeof gop === 'string' && gop.toLowerCase() === 'intra') return 'intra';
  const seconds = typeof gop === 'number' ? gop : decimal(gop);
  if (seconds === undefined) throw refused(field, `should be a number of seconds or intra, not ${shown(gop)}`);
  return seconds === 0 ? undefined : seconds;
}

function bitrateOf(bitrate: string | number | null | undefined, field: string): number {
  if (bitrate === null || bitrate === undefined) throw refused(field, 'is missing: it is the bits per second');
  if (typeof bitrate === 'number') return bitrate;
  const [, digits = '', unit = ''] = /^([\d.]+)([kKmM]?)$/.exec(bitrate) ?? [];
  const amount = decimal(digits);
  if (amount === undefined) {
    throw refused(field, `should be bits per second, as a number or such as 6000k, not ${shown(bitrate)}`);
  }
  return Math.round(amount * (unit === '' ? 1 : unit.toLowerCase() === 'k' ? 1e3 : 1e6));
}

function frameRateOf({ fps, fpsDen }: ProfileFields, where: string): NonNullable<ProfileOptions['fps']> {
  const denominator = fpsDen ?? 0;
  if (!Number.isInteger(denominator) || denominator < 0 || denominator > 1_000_000) {
    throw refused(`${where}.fpsDen`, 'should be a whole number from 0 to 1000000');
  }
  const numerator = fps ?? 0;
  if (denominator <= 1 || numerator === 0) return numerator;
  if (!Number.isInteger(numerator) || numerator < 0 || numerator > 1_000_000) {
    throw refused(`${where}.fps`, 'should be a whole number up to 1000000, as there is an fpsDen');
  }
  return [numerator, denominator];
}

/** In Livepeer, the chroma formats are counted: 4:2:0, 4:2:2, 4:4:4. */
function checkChroma({ chromaFormat }: ProfileFields, where: string): void {
  if ((chromaFormat ?? 0) !== 0) {
    throw refused(`${where}.chromaFormat`, `should be 0, as renditions are 4:2:0, not ${chromaFormat ?? 0}`);
  }
}

function checkName(name: string, field: string): string {
  if (/^[A-Za-z0-9._-]{1,64}$/.test(name) && !/^\.\.?$/.test(name)) return name;
  throw refused(field, "should be 1 to 64 letters, digits, '.', '-' and '_', as it becomes a part of the output's URL");
}

function decimal(digits: string): number | undefined {
  return /^-?(\d+(\.\d*)?|\.\d+)$/.test(digits) ? Number(digits) : undefined;
}

function shown(value: string | number): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value.slice(0, 40));
}

function refused(field: string, sentence: string): Problem {
  return new Problem('configuration-invalid', `${field} ${sentence}.`, { field });
}
