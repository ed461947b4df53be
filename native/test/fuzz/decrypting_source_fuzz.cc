#include "media/input/decrypting_source.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <utility>

// Whatever was encrypted, and in whatever pieces it comes: what leaves is never more than what
// came, and ends.
namespace {

using namespace millrace;

class Pieces final : public ByteSource {
 public:
  Pieces(std::span<const std::uint8_t> bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    const std::size_t count = std::min({into.size(), piece_, bytes_.size()});
    std::copy_n(bytes_.begin(), count, into.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }
  bool drained() const override { return bytes_.empty(); }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t piece_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = data[0] + 1U;
  std::array<std::uint8_t, 64> into{};
  const auto room = std::span(into).first(data[1] % into.size() + 1);
  const std::span<const std::uint8_t> bytes(data + 2, size - 2);
  auto source = DecryptingSource::make(std::make_unique<Pieces>(bytes, piece),
                                       "000102030405060708090a0b0c0d0e0f",
                                       "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  if (!source) std::abort();
  std::size_t plain = 0;
  for (;;) {
    const auto count = (*source)->read(room);
    if (!count) std::abort();
    if (*count == 0) break;
    plain += *count;
    if (plain > bytes.size()) std::abort();
  }
  if (!(*source)->drained()) std::abort();
  return 0;
}
