#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "media/libav.h"

namespace millrace {

/// Notices when a container describes a track anew. Some do so in the stream (MPEG-TS, HLS), some
/// only beside the one packet from which it holds (FLV, MP4), and then leave the stream as it was.
/// Owned and used by the reader's thread.
class ParameterChanges {
 public:
  explicit ParameterChanges(const AVCodecParameters& parameters);

  /// The parameters from `packet` on; null: those before still hold.
  CodecParametersPtr describedBy(const AVStream& stream, const AVPacket& packet);

 private:
  using Bytes = std::vector<std::uint8_t>;

  static std::span<const std::uint8_t> extradataOf(const AVCodecParameters& parameters);

  AVCodecID codec_;
  int sampleRate_;
  Bytes streamExtradata_;
  Bytes currentExtradata_;
};

/// Replaces the parameters' extradata.
void setExtradata(AVCodecParameters& parameters, std::span<const std::uint8_t> extradata);

}  // namespace millrace
