#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

#include <cstdint>
#include <vector>

namespace nvidia_double {

/// Writes the fields of an H.264 parameter set. One thread.
class BitWriter {
 public:
  void bits(unsigned value, int count) {
    for (int bit = count - 1; bit >= 0; --bit) {
      if (used_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() =
          static_cast<std::uint8_t>(bytes_.back() | (value >> bit & 1U) << (7 - used_ % 8));
      ++used_;
    }
  }
  void flag(bool value) { bits(value ? 1 : 0, 1); }
  /// ue(v)
  void unsignedCode(unsigned value) {
    int length = 0;
    while ((value + 1) >> (length + 1) != 0) ++length;
    bits(0, length);
    bits(value + 1, length + 1);
  }
  /// se(v)
  void signedCode(int value) {
    unsignedCode(value > 0 ? static_cast<unsigned>(2 * value - 1)
                           : static_cast<unsigned>(-2 * value));
  }

  /// The NAL unit of these bits, after a start code, with emulation prevention.
  std::vector<std::uint8_t> nalUnit(std::uint8_t header);

 private:
  std::vector<std::uint8_t> bytes_;
  int used_ = 0;
};

inline std::vector<std::uint8_t> BitWriter::nalUnit(std::uint8_t header) {
  flag(true);  // rbsp_stop_one_bit; the rest of its byte is zero already
  std::vector<std::uint8_t> unit{0, 0, 0, 1, header};
  int zeros = 0;
  for (const std::uint8_t byte : bytes_) {
    if (zeros >= 2 && byte <= 3) {
      unit.push_back(3);
      zeros = 0;
    }
    unit.push_back(byte);
    zeros = byte == 0 ? zeros + 1 : 0;
  }
  return unit;
}

}  // namespace nvidia_double
