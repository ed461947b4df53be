/** Takes MPEG-TS apart just far enough to damage it on purpose. */

const PACKET_BYTES = 188;

/** A PES packet's timestamps, in ticks of 90 kHz. Absent: it has none. */
export interface Stamps {
  pts?: number;
  dts?: number;
}

/** What {@link editTimestamps} is told of each PES packet, in the order they come. */
export interface PesPacket extends Stamps {
  kind: 'video' | 'audio';
  /** Counts the packets of its kind from 0. */
  index: number;
}

/**
 * Gives every PES packet the timestamps that `edit` returns for it, without moving a byte: none where it returns none;
 * a timestamp can only be where one was.
 */
export function editTimestamps(stream: Buffer, edit: (packet: PesPacket) => Stamps): Buffer {
  const edited = Buffer.from(stream);
  const counts = { video: 0, audio: 0 };
  for (const packet of packets(edited)) {
    const pes = pesHeader(packet);
    if (!pes) continue;
    const kind = (pes[3] ?? 0) >= 0xe0 ? 'video' : 'audio';
    const before = { ...readStamps(pes), kind, index: counts[kind]++ } as const;
    writeStamps(pes, before, edit(before));
  }
  return edited;
}

/** The packets of a transport stream, each a view of its bytes. */
export function* packets(stream: Buffer): Generator<Buffer> {
  for (let at = 0; at + PACKET_BYTES <= stream.length; at += PACKET_BYTES) yield stream.subarray(at, at + PACKET_BYTES);
}

/** Where the n-th (from 0) PES packet of the video begins. */
export function startOfPicture(stream: Buffer, n: number): number {
  let at = 0;
  let seen = 0;
  for (const packet of packets(stream)) {
    const pes = pesHeader(packet);
    if (pes && (pes[3] ?? 0) >= 0xe0 && seen++ === n) return at;
    at += PACKET_BYTES;
  }
  throw new Error(`The stream has no picture ${n}.`);
}

/** Only what `keep` says of the PES packets; tables stay. */
export function filterPes(stream: Buffer, keep: (packet: PesPacket) => boolean): Buffer {
  const kept: Buffer[] = [];
  const counts = { video: 0, audio: 0 };
  const keeping = new Map<number, boolean>();
  for (const packet of packets(stream)) {
    const pid = packet.readUInt16BE(1) & 0x1fff;
    const pes = pesHeader(packet);
    if (pes) {
      const kind = (pes[3] ?? 0) >= 0xe0 ? 'video' : 'audio';
      keeping.set(pid, keep({ ...readStamps(pes), kind, index: counts[kind]++ }));
    }
    if (keeping.get(pid) ?? true) kept.push(packet);
  }
  return Buffer.concat(kept);
}

/** Adds a stream of a type that nobody knows: to the program's map, and a packet that starts with `head` every now and then. */
export function addUnknownStream(stream: Buffer, pid: number, type: number, head: Buffer): Buffer {
  const all: Buffer[] = [];
  let mapPid = -1;
  let count = 0;
  for (const packet of packets(Buffer.from(stream))) {
    const at = packet.readUInt16BE(1) & 0x1fff;
    if (at === 0) mapPid = packet.readUInt16BE(15) & 0x1fff;
    if (at === mapPid) addToMap(packet.subarray(5), pid, type);
    all.push(packet);
    if (count++ % 10 !== 9) continue;
    const added = Buffer.alloc(PACKET_BYTES, 0x55);
    added.set([0x47, 0x40 | (pid >> 8), pid & 0xff, 0x10 | ((count / 10 - 1) % 16)]);
    added.set(head, 4);
    all.push(added);
  }
  return Buffer.concat(all);
}

/** The section must have room for it in its packet. */
function addToMap(section: Buffer, pid: number, type: number): void {
  const end = 3 + (section.readUInt16BE(1) & 0xfff);
  section.set([type, 0xe0 | (pid >> 8), pid & 0xff, 0xf0, 0], end - 4);
  section.writeUInt16BE(section.readUInt16BE(1) + 5, 1);
  let crc = -1;
  for (const byte of section.subarray(0, end + 1)) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  section.writeInt32BE(crc, end + 1);
}

function pesHeader(packet: Buffer): Buffer | undefined {
  const starts = ((packet[1] ?? 0) & 0x40) !== 0;
  const control = ((packet[3] ?? 0) >> 4) & 3;
  if (!starts || (control & 1) === 0) return undefined;
  const pes = packet.subarray(control === 3 ? 5 + (packet[4] ?? 0) : 4);
  return pes.length > 9 && pes.readUIntBE(0, 3) === 1 && (pes[3] ?? 0) >= 0xc0 ? pes : undefined;
}

function readStamps(pes: Buffer): Stamps {
  const flags = (pes[7] ?? 0) >> 6;
  if ((flags & 2) === 0) return {};
  const pts = readStamp(pes.subarray(9));
  return flags === 3 ? { pts, dts: readStamp(pes.subarray(14)) } : { pts };
}

function writeStamps(pes: Buffer, before: Stamps, { pts, dts }: Stamps): void {
  if (before.pts === undefined) return;
  if (pts === undefined) {
    // The room they took is filled with stuffing.
    pes[7] = (pes[7] ?? 0) & 0x3f;
    pes.fill(0xff, 9, before.dts === undefined ? 14 : 19);
    return;
  }
  writeStamp(pes.subarray(9), pts);
  if (before.dts !== undefined) writeStamp(pes.subarray(14), dts ?? pts);
}

function readStamp(bytes: Buffer): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = bytes;
  return ((a >> 1) & 7) * 2 ** 30 + ((b << 22) | ((c >> 1) << 15) | (d << 7) | (e >> 1));
}

function writeStamp(bytes: Buffer, value: number): void {
  const high = Math.floor(value / 2 ** 30) & 7;
  const low = value % 2 ** 30;
  bytes[0] = ((bytes[0] ?? 0) & 0xf0) | (high << 1) | 1;
  bytes.writeUInt16BE(((low >> 15) << 1) | 1, 1);
  bytes.writeUInt16BE(((low & 0x7fff) << 1) | 1, 3);
}
