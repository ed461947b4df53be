#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "media/compare/detail_bands.h"
#include "media/compare/luma_ssim.h"
#include "media/compare/luma_statistics.h"

namespace millrace {
namespace {

struct Picture {
  int width;
  int height;
  std::vector<std::uint8_t> pixels;

  Picture(int w, int h)
      : width(w), height(h), pixels(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
  std::uint8_t& at(int x, int y) {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
  LumaPlane plane() const { return {pixels.data(), width, width, height}; }
};

// The same every time: what it looks like does not matter.
Picture texture(int width, int height, unsigned seed = 1) {
  Picture picture(width, height);
  std::minstd_rand random(seed);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      picture.at(x, y) = static_cast<std::uint8_t>(
          100 + 60 * std::sin(x * 0.11) * std::cos(y * 0.07) + static_cast<double>(random() % 32));
  return picture;
}

// As the definition has it, one window after the other.
double plainSsim(const Picture& one, const Picture& other) {
  double total = 0;
  int windows = 0;
  for (int top = 0; top + 8 <= one.height / 4 * 4; top += 4)
    for (int left = 0; left + 8 <= one.width / 4 * 4; left += 4) {
      double a = 0;
      double b = 0;
      double aa = 0;
      double bb = 0;
      double ab = 0;
      for (int y = top; y < top + 8; ++y)
        for (int x = left; x < left + 8; ++x) {
          const double p = one.plane().row(y)[x];
          const double q = other.plane().row(y)[x];
          a += p / 64;
          b += q / 64;
          aa += p * p / 63;
          bb += q * q / 63;
          ab += p * q / 63;
        }
      const double varianceOfBoth = aa + bb - (a * a + b * b) * 64 / 63;
      const double covariance = ab - a * b * 64 / 63;
      const double c1 = std::pow(0.01 * 255, 2);
      const double c2 = std::pow(0.03 * 255, 2);
      total +=
          (2 * a * b + c1) * (2 * covariance + c2) / ((a * a + b * b + c1) * (varianceOfBoth + c2));
      ++windows;
    }
  return total / windows;
}

TEST(LumaSsim, IsOneForAPictureAndItself) {
  const Picture picture = texture(97, 61);
  EXPECT_NEAR(lumaSsim(picture.plane(), picture.plane()), 1, 1e-9);
  EXPECT_NEAR(coarseLumaSsim(picture.plane(), picture.plane()), 1, 1e-9);
}

TEST(LumaSsim, IsWhatItsDefinitionSays) {
  const Picture one = texture(128, 72, 1);
  const Picture other = texture(128, 72, 2);
  EXPECT_NEAR(lumaSsim(one.plane(), other.plane()), plainSsim(one, other), 1e-4);
  EXPECT_LT(lumaSsim(one.plane(), other.plane()), 0.9);
}

TEST(LumaSsim, OfPicturesWithoutAWholeWindowIsOne) {
  const Picture one = texture(7, 100, 1);
  const Picture other = texture(7, 100, 2);
  EXPECT_EQ(lumaSsim(one.plane(), other.plane()), 1);
}

TEST(LumaSsim, OfSmallPicturesForgivesNoiseAndNotAnotherPicture) {
  const Picture one = texture(128, 72, 1);
  Picture flipped = one;
  for (int y = 0; y < 72; ++y) std::reverse(&flipped.at(0, y), &flipped.at(0, y) + 128);
  EXPECT_GT(coarseLumaSsim(one.plane(), texture(128, 72, 2).plane()), 0.95);
  EXPECT_LT(coarseLumaSsim(one.plane(), flipped.plane()), 0.7);
}

TEST(LumaStatistics, TellAPictureOfOneColourFromOthers) {
  Picture grey(64, 64);
  std::fill(grey.pixels.begin(), grey.pixels.end(), std::uint8_t{90});
  EXPECT_EQ(lumaStatistics(grey.plane()).mean, 90);
  EXPECT_EQ(lumaStatistics(grey.plane()).deviation, 0);
  Picture halves = grey;
  std::fill_n(halves.pixels.begin(), 64 * 32, std::uint8_t{110});
  EXPECT_DOUBLE_EQ(lumaStatistics(halves.plane()).mean, 100);
  EXPECT_DOUBLE_EQ(lumaStatistics(halves.plane()).deviation, 10);
  EXPECT_DOUBLE_EQ(lumaDifference(grey.plane(), halves.plane()), 10);
}

TEST(DetailBands, AreAllKeptByTheSamePicture) {
  const Picture picture = texture(128, 72);
  for (const BandDetail& band : detailBands(picture.plane(), picture.plane())) {
    EXPECT_GT(band.sourceEnergy, 1);
    EXPECT_NEAR(band.kept, 1, 1e-9);
  }
}

TEST(DetailBands, MissTheFinestWhereAPictureWasHalfTheSize) {
  const Picture picture = texture(128, 72);
  Picture enlarged(128, 72);
  for (int y = 0; y < 72; ++y)
    for (int x = 0; x < 128; ++x) {
      const int left = x / 2 * 2;
      const int top = y / 2 * 2;
      const auto row = [&](int r) { return picture.plane().row(r); };
      enlarged.at(x, y) = static_cast<std::uint8_t>(
          (row(top)[left] + row(top)[left + 1] + row(top + 1)[left] + row(top + 1)[left + 1]) / 4);
    }
  const DetailBands bands = detailBands(picture.plane(), enlarged.plane());
  EXPECT_LT(bands[0].kept, 0.35);
  EXPECT_GT(bands[1].kept, 0.5);
}

}  // namespace
}  // namespace millrace
