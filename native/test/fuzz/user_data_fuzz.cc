#include "media/video/user_data.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "media/libav.h"

// Frames dropped and kept in any order, with any side data: what a kept frame carries stays within
// the bounds.
namespace {

using namespace millrace;

/// Reads `kind, length, bytes` and gives the frame such side data.
void addSideData(AVFrame& frame, std::span<const std::uint8_t>& script) {
  const auto type = script[0] & 1 ? AV_FRAME_DATA_A53_CC : AV_FRAME_DATA_SEI_UNREGISTERED;
  // A length of 255 stands for far more than there is room for.
  const std::size_t wanted = script[1] == 0xff ? 20'000 : script[1];
  script = script.subspan(2);
  const std::size_t given = std::min(wanted, script.size());
  AVFrameSideData* data = av_frame_new_side_data(&frame, type, wanted);
  if (data == nullptr) return;
  std::fill_n(data->data, wanted, std::uint8_t{0xfc});
  std::copy_n(script.begin(), given, data->data);
  script = script.subspan(given);
}

void check(const AVFrame& kept) {
  int captions = 0;
  for (int i = 0; i < kept.nb_side_data; ++i) {
    const AVFrameSideData& data = *kept.side_data[i];
    if (data.type != AV_FRAME_DATA_A53_CC) continue;
    ++captions;
    if (data.size == 0) std::abort();
  }
  if (captions > 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::span<const std::uint8_t> script(bytes, size);
  UserDataCarry carry;
  FramePtr frame = makeFrame();
  while (script.size() >= 2) {
    const bool more = (script[0] & 2) != 0;
    const bool drop = (script[0] & 4) != 0;
    addSideData(*frame, script);
    if (more) continue;
    if (drop) {
      carry.take(*frame);
    } else {
      const bool carried = av_frame_get_side_data(frame.get(), AV_FRAME_DATA_A53_CC) == nullptr;
      carry.attach(*frame);
      if (carried) check(*frame);
      UserDataCarry::strip(*frame);
      if (av_frame_get_side_data(frame.get(), AV_FRAME_DATA_A53_CC) != nullptr) std::abort();
    }
    frame = makeFrame();
  }
  return 0;
}
