#include <algorithm>
#include <cstdlib>

#include "media/input/access_unit.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using millrace::AccessUnitInspector;
  if (size < 2) return 0;
  constexpr AVCodecID kCodecs[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG2VIDEO};
  const AVCodecID codec = kCodecs[data[0] % 3];
  std::span<const std::uint8_t> rest(data + 2, size - 2);
  const std::size_t extradata = std::min<std::size_t>(data[1], rest.size());
  AccessUnitInspector inspector(codec, rest.first(extradata));
  rest = rest.subspan(extradata);
  for (const std::size_t half : {rest.size() / 2, rest.size() - rest.size() / 2}) {
    const auto info = inspector.inspect(rest.first(half));
    if (info.pictureStarts < 0) std::abort();
    if (info.keyframe && info.pictureStarts == 0) std::abort();
    rest = rest.subspan(half);
  }
  return 0;
}
