#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "media/video/rotation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto orientation = millrace::orientationOf(std::span(data, size));
  const int degrees = orientation.degrees;
  if (degrees != 0 && degrees != 90 && degrees != 180 && degrees != 270) std::abort();
  constexpr std::size_t kMatrixBytes = 9 * sizeof(std::int32_t);
  if (size != kMatrixBytes && !orientation.isUpright()) std::abort();
  return 0;
}
