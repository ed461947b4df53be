import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What FLV calls a codec, and the box of an MP4 that describes it. */
const codecs = {
  h264: { box: 'avcC', name: undefined },
  hevc: { box: 'hvcC', name: 'hvc1' },
  av1: { box: 'av1C', name: 'av01' },
} as const;

/** A codec that {@link writeFlv} knows. */
export type FlvCodec = keyof typeof codecs;

/**
 * Writes the pictures of an MP4 as FLV: H.264 as ever, others as enhanced RTMP has it (which ffmpeg 5.1 cannot write).
 * `behind` is a NAL unit to put behind those of every picture.
 */
export async function writeFlv(path: string, mp4: string, codec: FlvCodec, behind?: Buffer): Promise<void> {
  const args = ['-v', 'error', '-select_streams', 'v', '-show_packets', '-of', 'json', mp4];
  const { stdout } = await run('ffprobe', args, { maxBuffer: 1 << 26 });
  const { packets } = JSON.parse(stdout) as {
    packets: Record<'pos' | 'size' | 'pts_time' | 'dts_time' | 'flags', string>[];
  };
  const file = readFileSync(mp4);
  const { box, name } = codecs[codec];
  const boxAt = file.indexOf(box) - 4;
  const configuration = file.subarray(boxAt + 8, boxAt + file.readUInt32BE(boxAt));
  const extra = behind ? [length(behind.length, 4), behind] : [];
  const tags = [tag(0, [head(name, true, 0), ...(name ? [] : [length(0, 3)]), configuration])];
  for (const { pos, size, pts_time: pts, dts_time: dts, flags } of packets) {
    const ms = Math.max(0, Math.round(Number(dts) * 1000));
    const delay = name === 'av01' ? [] : [length(Math.max(0, Math.round(Number(pts) * 1000) - ms), 3)];
    const data = file.subarray(Number(pos), Number(pos) + Number(size));
    tags.push(tag(ms, [head(name, flags.startsWith('K'), 1), ...delay, data, ...extra]));
  }
  writeFileSync(path, Buffer.concat([Buffer.from('FLV\x01\x01\0\0\0\x09\0\0\0\0', 'latin1'), ...tags]));
}

/** `type` 0: the configuration, 1: a picture. */
function head(name: string | undefined, keyframe: boolean, type: number): Buffer {
  const frame = keyframe ? 0x10 : 0x20;
  if (name === undefined) return Buffer.from([frame | 7, type]);
  return Buffer.concat([Buffer.from([0x80 | frame | type]), Buffer.from(name)]);
}

function tag(ms: number, parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const time = [length(ms & 0xffffff, 3), length(ms >>> 24, 1)];
  return Buffer.concat([
    Buffer.from([9]),
    length(body.length, 3),
    ...time,
    length(0, 3),
    body,
    length(body.length + 11, 4),
  ]);
}

function length(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}
