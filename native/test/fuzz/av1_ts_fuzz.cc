#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "media/av1_ts.h"

// What a PES packet holds is read without a fault, and what is read of it comes back from what is
// written of that.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto unit = millrace::fromTsObus({data, size});
  const std::vector<std::uint8_t> written = millrace::toTsObus(unit.bytes);
  if (written.empty()) return 0;
  const auto again = millrace::fromTsObus(written);
  if (again.bytes.size() > unit.bytes.size() ||
      !std::equal(again.bytes.begin(), again.bytes.end(), unit.bytes.begin()))
    std::abort();
  return 0;
}
