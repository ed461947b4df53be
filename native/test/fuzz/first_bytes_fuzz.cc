#include <cstddef>
#include <cstdint>

#include "media/input/adts.h"
#include "media/input/container_probe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  if (const auto header = millrace::parseAdts(bytes)) {
    header->audioSpecificConfig();
    if (header->headerBytes > header->frameBytes || header->frameBytes > size ||
        header->sampleRate() <= 0 || header->channels() < 0)
      __builtin_trap();
  }
  static_cast<void>(millrace::probeContainer(bytes));
  return 0;
}
