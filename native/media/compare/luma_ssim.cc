#include "media/compare/luma_ssim.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace millrace {
namespace {

constexpr int kBlock = 4;  // A window is two by two blocks.
constexpr int kReduction = 4;
constexpr int kWindowPixels = 64;
// The constants of the SSIM paper (0.01 and 0.03 of the range), scaled as the sums are.
constexpr double kC1 = 0.01 * 0.01 * 255 * 255 * kWindowPixels;
constexpr double kC2 = 0.03 * 0.03 * 255 * 255 * kWindowPixels * (kWindowPixels - 1);

struct Sums {
  std::int32_t one = 0;
  std::int32_t other = 0;
  std::int32_t squares = 0;  ///< Of both.
  std::int32_t products = 0;
};

Sums operator+(const Sums& a, const Sums& b) {
  return {a.one + b.one, a.other + b.other, a.squares + b.squares, a.products + b.products};
}

Sums sumsOfBlock(const LumaPlane& one, const LumaPlane& other, int left, int top) {
  Sums sums;
  for (int y = top; y < top + kBlock; ++y) {
    const std::uint8_t* a = one.row(y) + left;
    const std::uint8_t* b = other.row(y) + left;
    for (int x = 0; x < kBlock; ++x) {
      sums.one += a[x];
      sums.other += b[x];
      sums.squares += a[x] * a[x] + b[x] * b[x];
      sums.products += a[x] * b[x];
    }
  }
  return sums;
}

double ssimOfWindow(const Sums& window) {
  const double one = window.one;
  const double other = window.other;
  const double variances =
      static_cast<double>(window.squares) * kWindowPixels - one * one - other * other;
  const double covariance = static_cast<double>(window.products) * kWindowPixels - one * other;
  return (2 * one * other + kC1) * (2 * covariance + kC2) /
         ((one * one + other * other + kC1) * (variances + kC2));
}

class SmallPlane {
 public:
  explicit SmallPlane(const LumaPlane& large)
      : width_(large.width / kReduction),
        height_(large.height / kReduction),
        pixels_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)) {
    std::size_t to = 0;
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x)
        pixels_[to++] = meanOf(large, x * kReduction, y * kReduction);
  }

  LumaPlane plane() const { return {pixels_.data(), width_, width_, height_}; }

 private:
  static std::uint8_t meanOf(const LumaPlane& large, int left, int top) {
    int sum = kReduction * kReduction / 2;
    for (int y = top; y < top + kReduction; ++y)
      for (int x = left; x < left + kReduction; ++x) sum += large.row(y)[x];
    return static_cast<std::uint8_t>(sum / (kReduction * kReduction));
  }

  int width_;
  int height_;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace

double coarseLumaSsim(const LumaPlane& one, const LumaPlane& other) {
  return lumaSsim(SmallPlane(one).plane(), SmallPlane(other).plane());
}

double lumaSsim(const LumaPlane& one, const LumaPlane& other) {
  const int columns = one.width / kBlock;
  const int rows = one.height / kBlock;
  if (columns < 2 || rows < 2) return 1;
  std::vector<Sums> above(static_cast<std::size_t>(columns));
  std::vector<Sums> current(above.size());
  double total = 0;
  for (int y = 0; y < rows; ++y) {
    std::swap(above, current);
    for (int x = 0; x < columns; ++x)
      current[static_cast<std::size_t>(x)] = sumsOfBlock(one, other, x * kBlock, y * kBlock);
    if (y == 0) continue;
    for (std::size_t x = 1; x < current.size(); ++x)
      total += ssimOfWindow(above[x - 1] + above[x] + current[x - 1] + current[x]);
  }
  return total / (static_cast<double>(columns - 1) * (rows - 1));
}

}  // namespace millrace
