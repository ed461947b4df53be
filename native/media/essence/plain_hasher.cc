#include "media/essence/plain_hasher.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace {

void PlainHasher::describe(const AVCodecParameters& parameters) {
  codec_ = codecOf(parameters.codec_id);
  video_ = parameters.codec_type == AVMEDIA_TYPE_VIDEO;
  width_ = parameters.width;
  height_ = parameters.height;
  std::vector<std::uint8_t> format;
  if (codec_ == EssenceCodec::kOpus) {
    format.push_back(static_cast<std::uint8_t>(parameters.ch_layout.nb_channels));
  } else {
    const std::string_view name = avcodec_get_name(parameters.codec_id);
    format.assign(name.begin(), name.end());
  }
  const Digest hash = hashPiece(sha_, EssenceTag::kParameterSet, format);
  format_ = std::make_shared<ParameterSetHashes>(1, hash);
}

std::optional<EssenceUnit> PlainHasher::hashBytes(Bytes packet, bool markedKey) {
  EssenceUnit unit;
  unit.hash = hashPiece(sha_, EssenceTag::kUnit, packet);
  unit.video = video_;
  unit.codec = codec_;
  unit.key = !video_ || markedKey;
  unit.parameterSets = format_;
  unit.width = video_ ? width_ : 0;
  unit.height = video_ ? height_ : 0;
  return unit;
}

}  // namespace millrace
