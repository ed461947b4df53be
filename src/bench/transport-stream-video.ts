const packetBytes = 188;
const syncByte = 0x47;
/** Stream types of the programme map that are video: MPEG-2, H.264, HEVC. */
const videoStreamTypes = [0x02, 0x1b, 0x24];

/** One picture's PES packet as it came in. */
export interface VideoUnit {
  /** 90 kHz. */
  pts: number;
  dts: number;
  /** When its last byte came, on the clock of whoever pushed it. */
  lastByteAtMs: number;
}

/**
 * Finds the pictures in an MPEG transport stream that comes in pieces. It is a measuring instrument: it trusts its
 * input to be well formed, looks at the first programme's video only, and does not reassemble tables that span packets.
 */
export class TransportStreamVideo {
  readonly #onUnit: (unit: VideoUnit) => void;
  #rest: Buffer = Buffer.alloc(0);
  #programMapPid = -1;
  #videoPid = -1;
  #unit: VideoUnit | undefined;

  /** @param onUnit called with each picture when the next one begins, and for the last one by `end()`. */
  constructor(onUnit: (unit: VideoUnit) => void) {
    this.#onUnit = onUnit;
  }

  /** Takes the next bytes, which came at `nowMs`. */
  push(chunk: Buffer, nowMs: number): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let offset = 0;
    while (offset + packetBytes <= bytes.length) {
      if (bytes[offset] === syncByte) {
        this.packet(bytes.subarray(offset, offset + packetBytes), nowMs);
        offset += packetBytes;
      } else {
        offset += 1;
      }
    }
    this.#rest = Buffer.from(bytes.subarray(offset));
  }

  /** Takes one transport stream packet. */
  packet(packet: Buffer, nowMs: number): void {
    const pid = packet.readUInt16BE(1) & 0x1fff;
    const starts = (packet.readUInt8(1) & 0x40) !== 0;
    const adaptation = (packet.readUInt8(3) >> 4) & 3;
    const payloadAt = adaptation & 2 ? 5 + packet.readUInt8(4) : 4;
    if (!(adaptation & 1) || payloadAt >= packetBytes) return;
    const payload = packet.subarray(payloadAt);
    if (pid === 0 && starts) this.#programMapPid = firstProgramMap(payload) ?? this.#programMapPid;
    else if (pid === this.#programMapPid && starts) this.#videoPid = firstVideo(payload) ?? this.#videoPid;
    else if (pid === this.#videoPid) this.#video(payload, starts, nowMs);
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#unit !== undefined) this.#onUnit(this.#unit);
    this.#unit = undefined;
  }

  #video(payload: Buffer, starts: boolean, nowMs: number): void {
    if (starts) {
      this.end();
      const stamps = timestamps(payload);
      if (stamps !== undefined) this.#unit = { ...stamps, lastByteAtMs: nowMs };
    } else if (this.#unit !== undefined) {
      this.#unit.lastByteAtMs = nowMs;
    }
  }
}

/** A picture of the source with the bytes that end with it. */
export interface SourceSlice {
  pts: number;
  dts: number;
  /** Offsets in the file; sound that follows a picture is in the same slice. */
  from: number;
  to: number;
}

/** Cuts a whole transport stream so that each slice ends where the next picture begins. */
export function sliceByPicture(file: Buffer): SourceSlice[] {
  const slices: SourceSlice[] = [];
  let from = 0;
  let ended: VideoUnit | undefined;
  const video = new TransportStreamVideo((unit) => (ended = unit));
  const close = (to: number) => {
    if (ended === undefined) return;
    slices.push({ pts: ended.pts, dts: ended.dts, from, to });
    from = to;
    ended = undefined;
  };
  for (let offset = 0; offset + packetBytes <= file.length; offset += packetBytes) {
    video.packet(file.subarray(offset, offset + packetBytes), 0);
    close(offset);
  }
  video.end();
  close(file.length);
  return slices;
}

/** Pictures per second from the first to the last. */
export function pictureRate(slices: readonly SourceSlice[]): number {
  const [first, last] = [slices.at(0), slices.at(-1)];
  if (first === undefined || last === undefined || slices.length < 2) return 0;
  const ticks = (last.dts - first.dts + 2 ** 33) % 2 ** 33;
  return ((slices.length - 1) * 90_000) / ticks;
}

/** The PID of the first programme's map, from a programme association section. */
function firstProgramMap(payload: Buffer): number | undefined {
  const at = 1 + payload.readUInt8(0);
  const end = at + 3 + (payload.readUInt16BE(at + 1) & 0x0fff) - 4;
  for (let entry = at + 8; entry + 4 <= Math.min(end, payload.length); entry += 4) {
    if (payload.readUInt16BE(entry) !== 0) return payload.readUInt16BE(entry + 2) & 0x1fff;
  }
  return undefined;
}

/** The PID of the first video stream, from a programme map section. */
function firstVideo(payload: Buffer): number | undefined {
  const at = 1 + payload.readUInt8(0);
  const end = at + 3 + (payload.readUInt16BE(at + 1) & 0x0fff) - 4;
  let entry = at + 12 + (payload.readUInt16BE(at + 10) & 0x0fff);
  while (entry + 5 <= Math.min(end, payload.length)) {
    if (videoStreamTypes.includes(payload.readUInt8(entry))) return payload.readUInt16BE(entry + 1) & 0x1fff;
    entry += 5 + (payload.readUInt16BE(entry + 3) & 0x0fff);
  }
  return undefined;
}

/** The timestamps in a PES header; `undefined` where it has none. */
function timestamps(pes: Buffer): { pts: number; dts: number } | undefined {
  if (pes.length < 14) return undefined;
  const flags = pes.readUInt8(7) >> 6;
  if (flags < 2) return undefined;
  const pts = timestamp(pes, 9);
  return { pts, dts: flags === 3 && pes.length >= 19 ? timestamp(pes, 14) : pts };
}

/** 33 bits in five bytes, with marker bits between (ISO/IEC 13818-1, 2.4.3.7); no integer shift holds them. */
function timestamp(pes: Buffer, at: number): number {
  const high = (pes.readUInt8(at) >> 1) & 7;
  const middle = pes.readUInt16BE(at + 1) >> 1;
  const low = pes.readUInt16BE(at + 3) >> 1;
  return high * 2 ** 30 + middle * 2 ** 15 + low;
}
