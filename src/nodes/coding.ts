import { VideoCodec } from '../rpc/order.js';
import type { Profile } from '../transcoder/options.js';
import type { OrderedCoding } from '../trust/orders/ticket.js';

/** How a rendition can be coded, as the engine is told: a codec, and bits per sample. */
export type EngineCoding = Required<Pick<Profile, 'codec' | 'bitDepth'>>;

/** The same everywhere: what an order asks for, what is signed for it, and what the engine makes. */
const codings: readonly { wire: VideoCodec; name: OrderedCoding; engine: EngineCoding }[] = [
  { wire: VideoCodec.VIDEO_CODEC_H264, name: 'h264', engine: { codec: 'h264', bitDepth: 8 } },
  { wire: VideoCodec.VIDEO_CODEC_HEVC, name: 'hevc', engine: { codec: 'hevc', bitDepth: 8 } },
  { wire: VideoCodec.VIDEO_CODEC_HEVC_10, name: 'hevc-10', engine: { codec: 'hevc', bitDepth: 10 } },
  { wire: VideoCodec.VIDEO_CODEC_AV1, name: 'av1', engine: { codec: 'av1', bitDepth: 8 } },
  { wire: VideoCodec.VIDEO_CODEC_AV1_10, name: 'av1-10', engine: { codec: 'av1', bitDepth: 10 } },
];

/** Orders are checked for a coding that there is before they come here; anything else is H.264. */
function codingOf(wire: VideoCodec): (typeof codings)[number] {
  return codings.find((coding) => coding.wire === wire) ?? h264;
}

const [h264] = codings as [(typeof codings)[number]];

/** What a ticket and people call a coding. */
export function codingName(wire: VideoCodec): OrderedCoding {
  return codingOf(wire).name;
}

/** What the engine is told. */
export function engineCoding(wire: VideoCodec): EngineCoding {
  return codingOf(wire).engine;
}

/** What an order says. */
export function wireCoding({ codec, bitDepth }: EngineCoding): VideoCodec {
  const found = codings.find(({ engine }) => engine.codec === codec && engine.bitDepth === bitDepth);
  return (found ?? h264).wire;
}
