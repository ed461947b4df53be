#include "media/compare/luma_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace millrace {

LumaStatistics lumaStatistics(const LumaPlane& picture) {
  std::uint64_t total = 0;
  std::uint64_t squares = 0;
  for (int y = 0; y < picture.height; ++y) {
    const std::uint8_t* row = picture.row(y);
    // 32 bits hold the squares of 65,536 pixels, and no picture is so wide.
    std::uint32_t rowTotal = 0;
    std::uint32_t rowSquares = 0;
    for (int x = 0; x < picture.width; ++x) {
      rowTotal += row[x];
      rowSquares += static_cast<std::uint32_t>(row[x]) * row[x];
    }
    total += rowTotal;
    squares += rowSquares;
  }
  const double pixels = static_cast<double>(picture.width) * picture.height;
  const double mean = static_cast<double>(total) / pixels;
  const double variance = static_cast<double>(squares) / pixels - mean * mean;
  return {mean, std::sqrt(std::max(0.0, variance))};
}

double lumaDifference(const LumaPlane& one, const LumaPlane& other) {
  std::uint64_t total = 0;
  for (int y = 0; y < one.height; ++y) {
    const std::uint8_t* a = one.row(y);
    const std::uint8_t* b = other.row(y);
    std::uint32_t row = 0;
    for (int x = 0; x < one.width; ++x) row += static_cast<std::uint32_t>(std::abs(a[x] - b[x]));
    total += row;
  }
  return static_cast<double>(total) / (static_cast<double>(one.width) * one.height);
}

}  // namespace millrace
