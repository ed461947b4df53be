/**
 * A sentence of the library about its options, in the words of the command line: what came from a flag is called by
 * the flag. The library's paths (`renditions[0].output.method`) stand at the start of its sentences, and those of
 * outputs elsewhere too.
 */
export function inFlags(sentence: string, renditionCount: number): string {
  const path = /^[a-z]\w*(?:\[\d+\]|\.[\w-]+)*/i.exec(sentence)?.[0] ?? '';
  const rest = sentence
    .slice(path.length)
    .replace(/renditions\[(\d+)\]\.output/g, (_, index: string) => `the output of ${rendition(index, renditionCount)}`)
    .replace(' is the same as input;', ' is the same as INPUT;')
    .replace("; say { url, format: 'mpegts' } or another format.", '; name it with --output-format.');
  const name = flagFor(path, renditionCount);
  return name.charAt(0).toUpperCase() + name.slice(1) + rest;
}

function flagFor(path: string, renditionCount: number): string {
  const [, index, option = ''] = /^renditions\[(\d+)\](?:\.(.*))?$/.exec(path) ?? [];
  if (index === undefined) return flagOf(path, jobFlags) ?? path;
  const flag = flagOf(option, renditionFlags);
  if (flag?.startsWith('--')) return flag;
  return flag === undefined ? rendition(index, renditionCount) : `${flag} of ${rendition(index, renditionCount)}`;
}

function rendition(index: string, count: number): string {
  return count === 1 ? '--rendition' : `--rendition number ${Number(index) + 1}`;
}

type Flags = readonly (readonly [path: string, flag: string])[];

/** That of the longest path which `path` lies under. */
function flagOf(path: string, flags: Flags): string | undefined {
  const under = (start: string) =>
    path === start || (path.startsWith(start) && '.['.includes(path[start.length] ?? ''));
  return flags.filter(([start]) => under(start)).sort(([one], [other]) => other.length - one.length)[0]?.[1];
}

const connectionFlags: Flags = [
  ['connectTimeoutMs', '--connect-timeout'],
  ['stallTimeoutMs', '--stall-timeout'],
  ['tls.caFile', '--ca-file'],
  ['tls.verify', '--insecure'],
];

const jobFlags: Flags = [
  ['input', 'INPUT'],
  ['input.format', '--format'],
  ['input.pace', '--pace'],
  ['input.headers', '--header'],
  ...connectionFlags.map(([path, flag]) => [`input.${path}`, flag] as const),
  ['renditions', '--rendition'],
  ['tune', '--tune'],
  ['accel', '--accel'],
  ['audio', '--audio'],
  ['clip.from', '--from'],
  ['clip.to', '--duration'],
  ['network.allow', '--allow-network'],
  ['network.deny', '--deny-network'],
  ['network.schemes', '--allow-scheme'],
];

const renditionFlags: Flags = [
  ['name', 'the name'],
  ['profile.width', 'the width'],
  ['profile.height', 'the height'],
  ['profile.fps', 'the frame rate'],
  ['profile.bitrate', 'the bitrate'],
  ['profile.codec', '--codec'],
  ['profile.bitDepth', '--bit-depth'],
  ['profile.encoderProfile', '--encoder-profile'],
  ['profile.gop', '--gop'],
  ['profile.preset', '--preset'],
  ['profile', 'the profile'],
  ['output', 'the output'],
  ['output.format', '--output-format'],
  ['output.method', '--method'],
  ['output.headers', '--output-header'],
  ...connectionFlags.map(([path, flag]) => [`output.${path}`, flag] as const),
];
