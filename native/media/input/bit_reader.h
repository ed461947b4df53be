#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace millrace {

/// Reads bits of a NAL unit, leaving out emulation prevention bytes, or of something that has none.
/// Behind the end every bit is 0 and `overrun` is true, so that a parser checks once, at its own
/// end. One thread; borrows the bytes.
class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes, bool emulationPrevention = true)
      : bytes_(bytes), emulationPrevention_(emulationPrevention) {}

  bool overrun() const { return overrun_; }

  std::uint32_t bit() {
    if (bitsLeft_ == 0 && !nextByte()) return 0;
    --bitsLeft_;
    return (byte_ >> bitsLeft_) & 1U;
  }

  /// At most 32 bits.
  std::uint32_t bits(int count) {
    std::uint32_t value = 0;
    for (; count > 0; --count) value = value << 1 | bit();
    return value;
  }

  void skip(std::size_t count) {
    for (; count > 0 && !overrun_; --count) bit();
  }

  /// ue(v): unsigned Exp-Golomb (H.264 9.1).
  std::uint32_t unsignedGolomb() {
    int zeros = 0;
    while (!overrun_ && bit() == 0) ++zeros;
    if (overrun_ || zeros > 31) {
      overrun_ = true;
      return 0;
    }
    return (1U << zeros) - 1 + bits(zeros);
  }

  /// se(v): signed Exp-Golomb (H.264 9.1.1).
  std::int32_t signedGolomb() {
    const std::uint32_t code = unsignedGolomb();
    const auto half = static_cast<std::int32_t>(code / 2);
    return code % 2 == 0 ? -half : half + 1;
  }

 private:
  bool nextByte() {
    if (emulationPrevention_ && zeroBytes_ >= 2 && at_ < bytes_.size() && bytes_[at_] == 3) {
      ++at_;
      zeroBytes_ = 0;
    }
    if (at_ >= bytes_.size()) {
      overrun_ = true;
      return false;
    }
    byte_ = bytes_[at_++];
    zeroBytes_ = byte_ == 0 ? zeroBytes_ + 1 : 0;
    bitsLeft_ = 8;
    return true;
  }

  std::span<const std::uint8_t> bytes_;
  bool emulationPrevention_;
  std::size_t at_ = 0;
  int zeroBytes_ = 0;
  int bitsLeft_ = 0;
  std::uint8_t byte_ = 0;
  bool overrun_ = false;
};

}  // namespace millrace
