import { createHash } from 'node:crypto';

import type { EssenceCodec, EssenceCopy, EssenceCopyTrack, EssenceUnit } from '../../src/index.js';

/** A window as a second implementation of docs/essence.md makes it, and what it was made of. */
export interface GroupedWindow {
  root: string;
  chain: string;
  tracks: { kind: 'video' | 'audio'; codec: EssenceCodec; units: number; parameters: string; merkleRoot: string }[];
}

interface Part {
  track: EssenceCopyTrack;
  units: EssenceUnit[];
}

/** The windows of a copy with pictures, cut where the engine cuts them. */
export function windowsOf({ tracks }: EssenceCopy, windowMs: number): GroupedWindow[] {
  const video = tracks.find(({ kind }) => kind === 'video');
  const audio = tracks.find(({ kind }) => kind === 'audio');
  if (!video) throw new Error('This is for copies with pictures.');
  const cutsUs: number[] = [];
  const groups: EssenceUnit[][] = [];
  for (const unit of video.units) {
    const startUs = cutsUs.at(-1);
    if (startUs === undefined || (unit.key && unit.timestampUs - startUs >= windowMs * 1000)) {
      cutsUs.push(unit.timestampUs);
      groups.push([]);
    }
    groups.at(-1)?.push(unit);
  }
  const sounds = [...(audio?.units ?? [])];
  let chain = Buffer.alloc(32);
  return groups.map((units, index) => {
    const endUs = cutsUs[index + 1] ?? Infinity;
    const until = sounds.findIndex(({ timestampUs }) => timestampUs >= endUs);
    const heard = sounds.splice(0, until < 0 ? sounds.length : until);
    const parts: Part[] = [{ track: video, units }];
    if (audio && heard.length > 0) parts.push({ track: audio, units: heard });
    const window = windowFrom(parts);
    chain = sha256(4, chain, u32(index), Buffer.from(window.root, 'hex'));
    return { ...window, chain: chain.toString('hex') };
  });
}

/** All of a copy as one window, whatever its timestamps are. */
export function rootOf({ tracks }: EssenceCopy): string {
  const videoFirst = tracks.toSorted((left, right) => right.kind.localeCompare(left.kind));
  return windowFrom(videoFirst.map((track) => ({ track, units: track.units }))).root;
}

function windowFrom(parts: Part[]): Omit<GroupedWindow, 'chain'> {
  const tracks = parts.map(({ track, units }) => {
    const sets = [...new Set(units.flatMap(({ parameterSets }) => parameterSets))].map((place) =>
      Buffer.from(track.parameterSets[place] ?? '', 'hex'),
    );
    return {
      kind: track.kind,
      codec: track.codec,
      units: units.length,
      parameters: sha256(6, ...sets).toString('hex'),
      merkleRoot: merkleRoot(units.map(({ hash }) => Buffer.from(hash, 'hex'))).toString('hex'),
    };
  });
  const digests = tracks.map(({ codec, units, parameters, merkleRoot: root }) =>
    sha256(2, Buffer.from(names[codec]), u32(units), Buffer.from(parameters, 'hex'), Buffer.from(root, 'hex')),
  );
  return { root: sha256(3, Buffer.from([tracks.length]), ...digests).toString('hex'), tracks };
}

const names: Record<EssenceCodec, string> = {
  h264: 'h264',
  hevc: 'hevc',
  av1: 'av01',
  aac: 'mp4a',
  opus: 'opus',
  other: 'othr',
};

function merkleRoot(leaves: Buffer[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return createHash('sha256').digest();
  if (leaves.length === 1) return first;
  let left = 1;
  while (left * 2 < leaves.length) left *= 2;
  return sha256(1, merkleRoot(leaves.slice(0, left)), merkleRoot(leaves.slice(left)));
}

function sha256(tag: number, ...parts: Buffer[]): Buffer<ArrayBuffer> {
  return createHash('sha256')
    .update(Buffer.concat([Buffer.from([tag]), ...parts]))
    .digest();
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
