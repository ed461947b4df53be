import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

const SEI = 6;
const CAPTIONS = 4;
const USER_DATA = 5;
/** Country, provider, and "GA94": ATSC A/53's mark of closed captions. */
const CAPTIONS_HEAD = Buffer.from([0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03]);
export const UUID = Buffer.from('d1a5c0de5eed4a11b0075ca1ab1e0001', 'hex');

/** The closed captions and the user data that one picture carries. */
export interface SeiContent {
  /** Pairs of bytes, in hexadecimal. */
  captions: string[];
  /** What stands behind {@link UUID}. */
  userData: string[];
}

/** Gives each picture of an H.264 file (Annex B, with delimiters) a pair of captions and a piece of user data. */
export function addSei(path: string, content: (picture: number) => SeiContent): void {
  const units: Buffer[] = [];
  let picture = 0;
  let added = false;
  for (const unit of nalUnits(readFileSync(path))) {
    const type = (unit[0] ?? 0) & 0x1f;
    if (type === 9) added = false;
    if (type >= 1 && type <= 5 && !added) {
      units.push(sei(content(picture++)));
      added = true;
    }
    units.push(unit);
  }
  writeFileSync(path, Buffer.concat(units.map((unit) => Buffer.concat([Buffer.from([0, 0, 0, 1]), unit]))));
}

/** What each picture of a file's H.264 carries, in the order they are coded. */
export async function readSei(path: string): Promise<SeiContent[]> {
  const args = ['-nostdin', '-v', 'error', '-i', path, '-map', '0:v', '-c', 'copy'];
  // The delimiter in front of every picture tells them apart.
  const { stdout } = await run('ffmpeg', [...args, '-bsf:v', 'h264_metadata=aud=insert', '-f', 'h264', '-'], {
    encoding: 'buffer',
    maxBuffer: 1 << 28,
  });
  const all: SeiContent[] = [];
  for (const unit of nalUnits(stdout)) {
    const type = (unit[0] ?? 0) & 0x1f;
    if (type === 9) all.push({ captions: [], userData: [] });
    const last = all.at(-1);
    if (type === SEI && last) readMessages(withoutEmulationPrevention(unit.subarray(1)), last);
  }
  return all;
}

function sei({ captions, userData }: SeiContent): Buffer {
  const pairs = captions.map((pair) => Buffer.concat([Buffer.from([0xfc]), Buffer.from(pair, 'hex')]));
  const head = [CAPTIONS_HEAD, Buffer.from([0x40 | pairs.length, 0xff])];
  const messages = [
    ...(pairs.length > 0 ? [message(CAPTIONS, Buffer.concat([...head, ...pairs, Buffer.from([0xff])]))] : []),
    ...userData.map((text) => message(USER_DATA, Buffer.concat([UUID, Buffer.from(text)]))),
  ];
  return Buffer.concat([Buffer.from([SEI]), ...messages, Buffer.from([0x80])]);
}

function message(type: number, payload: Buffer): Buffer {
  if (payload.length >= 255 || payload.includes(Buffer.from([0, 0]))) throw new Error('This payload needs escaping.');
  return Buffer.concat([Buffer.from([type, payload.length]), payload]);
}

function readMessages(bytes: Buffer, into: SeiContent): void {
  let at = 0;
  const number = () => {
    let value = 0;
    while (bytes[at] === 0xff) value += bytes[at++] ?? 0;
    return value + (bytes[at++] ?? 0);
  };
  while (at < bytes.length - 1) {
    const type = number();
    const size = number();
    const payload = bytes.subarray(at, at + size);
    at += size;
    if (type === USER_DATA && payload.subarray(0, 16).equals(UUID)) into.userData.push(payload.subarray(16).toString());
    if (type !== CAPTIONS || !payload.subarray(0, 8).equals(CAPTIONS_HEAD)) continue;
    const count = (payload[8] ?? 0) & 0x1f;
    for (let index = 0; index < count; index += 1) {
      const pair = payload.subarray(10 + 3 * index, 13 + 3 * index);
      if (((pair[0] ?? 0) & 4) !== 0) into.captions.push(pair.subarray(1).toString('hex'));
    }
  }
}

function* nalUnits(bytes: Buffer): Generator<Buffer> {
  const mark = Buffer.from([0, 0, 1]);
  let start = bytes.indexOf(mark);
  while (start >= 0) {
    const next = bytes.indexOf(mark, start + 3);
    let end = next < 0 ? bytes.length : next;
    while (end > start + 3 && bytes[end - 1] === 0) end -= 1;
    yield bytes.subarray(start + 3, end);
    start = next;
  }
}

function withoutEmulationPrevention(bytes: Buffer): Buffer {
  const kept: number[] = [];
  for (const [index, byte] of bytes.entries())
    if (!(byte === 3 && index >= 2 && bytes[index - 1] === 0 && bytes[index - 2] === 0)) kept.push(byte);
  return Buffer.from(kept);
}
