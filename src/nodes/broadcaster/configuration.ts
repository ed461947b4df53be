import { z } from 'zod';

import { Problem } from './problem.js';

/**
 * The JSON of Livepeer's `Livepeer-Transcode-Configuration`, and of an authentication webhook's answer. Only the shape
 * is checked here; what the values mean is for whoever takes them. Keys that are not known are left out, as senders
 * have many more; `null` is as good as absent, as Go writes it for an empty list.
 *
 * Every `error` is what the value should have been: it ends the sentence that the caller gets.
 */
const text = z.string({ error: 'a text' }).nullish();
const number = z.number({ error: 'a number' }).nullish();
const textOrNumber = z.union([z.string(), z.number()], { error: 'a number or a text' }).nullish();

const profile = z.object(
  {
    name: text,
    width: number,
    height: number,
    bitrate: textOrNumber,
    fps: number,
    fpsDen: number,
    profile: text,
    gop: textOrNumber,
    encoder: text,
    colorDepth: number,
    chromaFormat: number,
  },
  { error: 'an object' },
);

const profiles = z.array(profile, { error: 'a list of profiles' });

const configuration = z.object(
  {
    manifestID: text,
    inputUrl: text,
    outputUrl: text,
    videoCodec: text,
    pixelFormat: number,
    duration: number,
    profiles: profiles.nullish(),
    presets: z.array(z.string({ error: 'the name of a preset' }), { error: 'a list of presets' }).nullish(),
  },
  { error: 'an object' },
);

/** A profile in Livepeer's shape, its values not yet looked at. */
export type ProfileFields = z.infer<typeof profile>;

/** A transcoding configuration, its values not yet looked at. */
export type Configuration = z.infer<typeof configuration>;

/** The most that a configuration may be long, in bytes. */
export const maxConfigurationBytes = 65_536;

/**
 * Reads a configuration.
 *
 * @param origin what the text is, for the sentence: `The header Livepeer-Transcode-Configuration`
 * @throws Problem `configuration-invalid`
 */
export function parseConfiguration(json: string, origin: string): Configuration {
  return parseShape(configuration, json, origin);
}

/**
 * Reads a list of profiles.
 *
 * @param origin as of {@link parseConfiguration}
 * @throws Problem `configuration-invalid`
 */
export function parseProfileList(json: string, origin: string): ProfileFields[] {
  return parseShape(profiles, json, origin, 'profiles');
}

function parseShape<Schema extends z.ZodType>(
  schema: Schema,
  json: string,
  origin: string,
  root = '',
): z.output<Schema> {
  if (Buffer.byteLength(json) > maxConfigurationBytes) {
    throw new Problem('configuration-invalid', `${origin} is longer than ${maxConfigurationBytes} bytes.`);
  }
  const result = schema.safeParse(parseJson(json, origin));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = fieldName(root, issue?.path ?? []);
  throw new Problem(
    'configuration-invalid',
    `${field === '' ? origin : field} should be ${issue?.message ?? 'something else'}.`,
    field === '' ? {} : { field },
  );
}

function parseJson(json: string, origin: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The parser's own words quote the text, which has URLs with credentials in it.
    throw new Problem('configuration-invalid', `${origin} is not JSON.`);
  }
}

/** `profiles[1].bitrate` */
function fieldName(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`;
    return name === '' ? String(key) : `${name}.${String(key)}`;
  }, root);
}

/**
 * What a request asks for, with what the webhook says about it: each value that the webhook gives replaces the
 * request's. The ladder, `profiles` and `presets` together, is one value: a webhook that gives either decides all of
 * it.
 */
export function mergeConfiguration(asked: Configuration, decided: Configuration): Configuration {
  const given = Object.fromEntries(
    Object.entries(decided).filter(([, value]) => value !== null && value !== undefined),
  );
  if (!hasLadder(decided)) return { ...asked, ...given, profiles: asked.profiles, presets: asked.presets };
  return { ...asked, ...given, profiles: decided.profiles, presets: decided.presets };
}

/** Whether it says which renditions to make; empty lists do not. */
export function hasLadder({ profiles, presets }: Pick<Configuration, 'profiles' | 'presets'>): boolean {
  return (profiles ?? []).length > 0 || (presets ?? []).length > 0;
}
