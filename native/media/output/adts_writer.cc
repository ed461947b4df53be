#include "media/output/adts_writer.h"

#include <algorithm>
#include <cstdint>
#include <new>

namespace millrace {
namespace {

constexpr int kHeaderBytes = 7;
constexpr int kMostFrameBytes = (1 << 13) - 1;

}  // namespace

void prepareForAdts(AVCodecParameters& parameters) {
  if (parameters.codec_id != AV_CODEC_ID_AAC) return;
  av_freep(&parameters.extradata);
  parameters.extradata_size = 0;
  // libavformat insists on a rate, which its MPEG-TS muxer then writes nowhere.
  if (parameters.sample_rate <= 0) parameters.sample_rate = 48'000;
}

Result<void> addAdtsHeader(const AVCodecParameters& parameters, AVPacket& packet) {
  if (parameters.codec_id != AV_CODEC_ID_AAC || parameters.extradata_size < 2) return {};
  // AudioSpecificConfig: 5 bits object type, 4 bits sample rate, 4 bits channels.
  const std::uint8_t* config = parameters.extradata;
  int objectType = config[0] >> 3;
  const int sampleRateIndex = ((config[0] & 7) << 1) | (config[1] >> 7);
  const int channels = (config[1] >> 3) & 15;
  // SBR and PS are signalled in the frames themselves; the core below them is AAC-LC.
  if (objectType == 5 || objectType == 29) objectType = 2;
  const int frameBytes = packet.size + kHeaderBytes;
  if (objectType < 1 || objectType > 4 || sampleRateIndex > 12 || channels == 0 || channels > 7 ||
      frameBytes > kMostFrameBytes)
    return Error{
        .code = ErrorCode::kMuxFailed,
        .stage = Stage::kMux,
        .message = "This AAC audio cannot be put into MPEG-TS as it is; choose audio 'aac'."};
  PacketPtr framed = makePacket();
  if (av_new_packet(framed.get(), frameBytes) < 0 ||
      av_packet_copy_props(framed.get(), &packet) < 0)
    throw std::bad_alloc();
  std::uint8_t* out = framed->data;
  out[0] = 0xff;
  out[1] = 0xf1;  // MPEG-4, no CRC
  out[2] =
      static_cast<std::uint8_t>(((objectType - 1) << 6) | (sampleRateIndex << 2) | (channels >> 2));
  out[3] = static_cast<std::uint8_t>(((channels & 3) << 6) | (frameBytes >> 11));
  out[4] = static_cast<std::uint8_t>(frameBytes >> 3);
  out[5] = static_cast<std::uint8_t>(((frameBytes & 7) << 5) | 0x1f);
  out[6] = 0xfc;  // buffer fullness unknown, one block
  std::copy_n(packet.data, packet.size, out + kHeaderBytes);
  av_packet_unref(&packet);
  av_packet_move_ref(&packet, framed.get());
  return {};
}

}  // namespace millrace
