#include "media/input/timeline.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <span>

namespace {

/// Takes values from the front of the input; zeros behind its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

  bool empty() const { return bytes_.empty(); }

  template <typename T>
  T take() {
    T value{};
    const std::size_t size = std::min(sizeof(T), bytes_.size());
    std::memcpy(&value, bytes_.data(), size);
    bytes_ = bytes_.subspan(size);
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  millrace::Timeline timeline;
  std::map<int, std::int64_t> lastDts;
  for (int stream = 0; stream < 3; ++stream) {
    const auto flags = input.take<std::uint8_t>();
    if (flags & 1) continue;
    timeline.describe(stream, {.timeBase = {input.take<std::int32_t>(), input.take<std::int32_t>()},
                               .wrapBits = input.take<std::int8_t>(),
                               .inOrder = (flags & 2) != 0,
                               .intervalUs = input.take<std::int32_t>()});
  }
  std::int64_t near = 0;
  while (!input.empty()) {
    const auto command = input.take<std::uint8_t>();
    if (command == 0xff) timeline.restart();
    if (command == 0xfe) timeline.moveForward(input.take<std::uint32_t>());
    const int stream = command & 3;
    // Mostly small steps, so that the fuzzer reaches more than the first discontinuity.
    const auto next = [&](bool wild) {
      return wild ? input.take<std::int64_t>() : near += input.take<std::int16_t>();
    };
    const std::int64_t pts = next((command & 4) != 0);
    const std::int64_t dts = next((command & 8) != 0);
    const auto stamp = timeline.map(stream, pts, dts, input.take<std::int16_t>());
    const auto last = lastDts.find(stream);
    if (last != lastDts.end() && stamp.dtsUs <= last->second) std::abort();
    lastDts[stream] = stamp.dtsUs;
  }
  return 0;
}
