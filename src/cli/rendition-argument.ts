import type { Profile } from '../transcoder/options.js';
import { presets, type PresetName } from '../transcoder/presets.js';
import { redactUrl } from '../transcoder/redact-url.js';

import { UsageError, nearest } from './usage-error.js';

/** `PROFILE=OUTPUT`, taken apart. */
export interface RenditionArgument {
  profile: PresetName | Profile;
  /** What it says of the coding; empty: nothing. */
  coding: Pick<Profile, 'codec' | 'bitDepth'>;
  /** A URL or a file's path; `-` is the standard output. */
  output: string;
}

const codings = {
  h264: { codec: 'h264', bitDepth: 8 },
  hevc: { codec: 'hevc', bitDepth: 8 },
  'hevc-10': { codec: 'hevc', bitDepth: 10 },
  av1: { codec: 'av1', bitDepth: 8 },
  'av1-10': { codec: 'av1', bitDepth: 10 },
} as const satisfies Record<string, Pick<Profile, 'codec' | 'bitDepth'>>;

/**
 * Reads one `--rendition`. The first `=` divides: a profile has none, a URL may have any number.
 *
 * @throws UsageError
 */
export function parseRendition(argument: string): RenditionArgument {
  const divider = argument.indexOf('=');
  if (divider < 0 || divider === argument.length - 1) {
    const shown = redactUrl(argument);
    throw new UsageError(
      `--rendition takes PROFILE=OUTPUT, such as 1280x720:3000k=rtmp://host/live/720p, not “${shown}”.`,
    );
  }
  return { ...parseProfile(argument.slice(0, divider)), output: argument.slice(divider + 1) };
}

/** Reads a preset's name or `WIDTHxHEIGHT[@FPS]:BITRATE`, and behind it the coding, such as `:hevc-10`, where one is named. */
export function parseProfile(text: string): Omit<RenditionArgument, 'output'> {
  const [, picture = text, coding = ''] = /^(.*):([a-z][a-z\d-]*)$/.exec(text) ?? [];
  if (coding === '') return { profile: parsePicture(picture), coding: {} };
  if (!Object.hasOwn(codings, coding)) throw new UsageError(notACoding(coding, text));
  return { profile: parsePicture(picture), coding: codings[coding as keyof typeof codings] };
}

function parsePicture(text: string): PresetName | Profile {
  if (Object.hasOwn(presets, text)) return text as PresetName;
  const match = /^(\d+)x(\d+)(?:@([\d./]+))?:([\d.]+)([kKM]?)$/.exec(text);
  if (match === null) throw new UsageError(notAProfile(text));
  const [, width = '', height = '', fps, amount = '', unit = ''] = match;
  if (Number(width) === 0 && Number(height) === 0) {
    throw new UsageError(`In “${text}” one side may be 0 and follow from the other, but not both.`);
  }
  const scale = unit === '' ? 1 : unit === 'M' ? 1e6 : 1e3;
  return {
    width: Number(width),
    height: Number(height),
    bitrate: Math.round(decimal(amount, text) * scale),
    ...(fps === undefined ? {} : { fps: parseFps(fps, text) }),
  };
}

function parseFps(text: string, profile: string): number | [number, number] {
  const fraction = /^(\d+)\/(\d+)$/.exec(text);
  return fraction === null ? decimal(text, profile) : [Number(fraction[1]), Number(fraction[2])];
}

function decimal(text: string, profile: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new UsageError(notAProfile(profile));
  return Number(text);
}

function notACoding(coding: string, text: string): string {
  const names = Object.keys(codings);
  const meant = nearest(coding, names);
  const hint = meant === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${meant}?`;
  return `“${redactUrl(text)}” ends in “${coding}”, which is no coding. ${hint}`;
}

function notAProfile(text: string): string {
  const names = Object.keys(presets);
  const meant = nearest(text, names);
  const hint = meant === undefined ? ` Presets are ${names.join(', ')}.` : ` Did you mean ${meant}?`;
  return `“${redactUrl(text)}” is neither a preset's name nor WIDTHxHEIGHT[@FPS]:BITRATE such as 1280x720@30:3000k.${hint}`;
}
