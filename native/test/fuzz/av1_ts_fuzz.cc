#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "media/av1_ts.h"

// What a PES packet holds is read without a fault. Once each OBU has its size and a start code,
// what is written is read as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using millrace::fromTsObus;
  using millrace::toTsObus;
  const std::vector<std::uint8_t> written = toTsObus(fromTsObus({data, size}).bytes);
  if (written.empty()) return 0;
  const std::vector<std::uint8_t> read = fromTsObus(written).bytes;
  if (fromTsObus(toTsObus(read)).bytes != read) std::abort();
  return 0;
}
