import { readFileSync } from 'node:fs';

import type { VideoCodec } from '../../rpc/generated/millrace/v1/job.js';
import { misuse } from '../../transcoder/error.js';
import { presets, type PresetName } from '../../transcoder/presets.js';

import { maxConfigurationBytes, parseProfileList, type Configuration } from './configuration.js';
import { namedProfile, wireProfile, type NamedProfile } from './livepeer-profile.js';
import { Problem } from './problem.js';

/** What renditions to make of a source: 1 to 32, with distinct names. */
export type Ladder = readonly NamedProfile[];

/** What `--transcoding-options` is when it is not given; Livepeer's default as well. */
export const defaultTranscodingOptions = 'P240p30fps16x9,P360p30fps16x9';

const maxRenditions = 32;

/**
 * The ladder of a configuration. As in Livepeer, presets come first and profiles after them.
 *
 * @throws Problem `configuration-invalid`, for a name that is there twice as well
 */
export function ladderOf(configuration: Pick<Configuration, 'profiles' | 'presets'>): Ladder {
  const named = [
    ...(configuration.presets ?? []).map((name, index) => presetProfile(name, `presets[${index}]`)),
    ...(configuration.profiles ?? []).map((fields, index) => namedProfile(fields, `profiles[${index}]`)),
  ];
  if (named.length > maxRenditions) {
    throw invalid('profiles', `The ladder has ${named.length} renditions, and ${maxRenditions} are the most.`);
  }
  const presetCount = configuration.presets?.length ?? 0;
  const names = new Set<string>();
  for (const [index, { name }] of named.entries()) {
    const field = index < presetCount ? `presets[${index}]` : `profiles[${index - presetCount}].name`;
    if (names.has(name)) throw invalid(field, `${field} is ${name}, as another rendition's; names have to differ.`);
    names.add(name);
  }
  return named;
}

/**
 * The ladder that `--transcoding-options` asks for: names of presets with commas between them, or the path of a JSON
 * file with a list of profiles in Livepeer's shape.
 *
 * @throws TranscodeError `OPTIONS_INVALID`, with a sentence that names the option
 */
export function loadLadder(option: string): Ladder {
  const words = option.split(',').map((word) => word.trim());
  const isPath = /\/|\.json$/i.test(option) && !words.every(isPreset);
  try {
    if (isPath) return loadFile(option);
    if (words.some((word) => word === '')) throw invalid('presets', 'the name of a preset is missing.');
    return ladderOf({ presets: words });
  } catch (error) {
    if (error instanceof Problem)
      throw misuse(`--transcoding-options: ${isPath ? `in ${option}, ` : ''}${error.detail}`);
    throw error;
  }
}

function loadFile(path: string): Ladder {
  let json: string;
  try {
    json = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw misuse(`--transcoding-options: the file ${path} cannot be read: ${reason}.`);
  }
  if (json.length > maxConfigurationBytes) throw invalid('profiles', 'there is more text than a ladder has.');
  const profiles = parseProfileList(json, 'what is there');
  if (profiles.length === 0) throw invalid('profiles', 'there is no profile.');
  return ladderOf({ profiles });
}

function presetProfile(name: string, field: string): NamedProfile {
  const preset = name.trim();
  if (isPreset(preset)) return { name: preset, profile: wireProfile(presets[preset], field) };
  const shown = JSON.stringify(name.slice(0, 40));
  throw invalid(field, `${field} is ${shown}, which is no preset; there are ${Object.keys(presets).join(', ')}.`);
}

function isPreset(name: string): name is PresetName {
  return Object.hasOwn(presets, name);
}

/** What a ladder is encoded in, each codec once. */
export function encodersOf(ladder: Ladder): readonly VideoCodec[] {
  return [...new Set(ladder.map(({ profile }) => profile.codec))];
}

function invalid(field: string, detail: string): Problem {
  return new Problem('configuration-invalid', detail, { field });
}
