#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "media/net/cidr.h"

// A block holds its own network, and nothing of the other family.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  parseIpAddress(text);
  const auto block = parseCidr(text);
  if (!block) return 0;
  IpAddress other = block->network;
  other.isV4 = !other.isV4;
  const int bits = block->network.isV4 ? 32 : 128;
  const bool sound = block->contains(block->network) && !block->contains(other) &&
                     block->prefixBits >= 0 && block->prefixBits <= bits;
  if (!sound) std::abort();
  return 0;
}
