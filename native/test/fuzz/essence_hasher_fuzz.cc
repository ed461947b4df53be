#include <algorithm>
#include <cstdlib>
#include <vector>

#include "media/essence/unit_hasher.h"
#include "media/essence/window_builder.h"
#include "media/input/parameter_changes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace;
  if (size < 2) return 0;
  constexpr AVCodecID kCodecs[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_AV1,
                                   AV_CODEC_ID_AAC};
  const CodecParametersPtr parameters(avcodec_parameters_alloc());
  parameters->codec_id = kCodecs[data[0] % 4];
  std::span<const std::uint8_t> rest(data + 2, size - 2);
  const std::size_t extradata = std::min<std::size_t>(data[1], rest.size());
  setExtradata(*parameters, rest.first(extradata));
  rest = rest.subspan(extradata);

  const auto hasher = UnitHasher::forTrack(*parameters);
  std::int64_t frames = 0;
  std::int64_t told = 0;
  WindowBuilder windows(std::chrono::milliseconds(100), [&](EssenceWindow&& window) {
    told += window.tracks.front().units;
    if (window.tracks.front().units == 0) std::abort();
  });
  bool started = false;
  for (const std::size_t half : {rest.size() / 2, rest.size() - rest.size() / 2}) {
    std::vector<std::uint8_t> bytes(rest.begin(), rest.begin() + static_cast<long>(half));
    const PacketPtr packet = makePacket();
    packet->data = bytes.data();
    packet->size = static_cast<int>(bytes.size());
    packet->pts = packet->dts = 200'000 * frames;
    const auto unit = hasher->hash(*packet);
    rest = rest.subspan(half);
    if (!unit) continue;
    if (unit->parameterSets == nullptr || unit->width < 0 || unit->height < 0) std::abort();
    started = started || unit->key;
    if (started) ++frames;
    windows.add(*unit);
  }
  windows.end();
  if (told != frames) std::abort();
  return 0;
}
