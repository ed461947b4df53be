#include "media/device/kernels/resample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <new>
#include <tuple>
#include <vector>

#include "media/video/filter_weights.h"
#include "media/video/scaler.h"

namespace millrace {
namespace {

using kernels::ResamplePass;

/// Edges, gradients and noise, the same every time.
FramePtr busyPicture(int width, int height) {
  FramePtr frame = makeFrame();
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = width;
  frame->height = height;
  if (av_frame_get_buffer(frame.get(), 64) < 0) throw std::bad_alloc();
  std::uint32_t noise = 1;
  for (int plane = 0; plane < 3; ++plane) {
    const int halved = plane == 0 ? 0 : 1;
    for (int y = 0; y < height >> halved; ++y)
      for (int x = 0; x < width >> halved; ++x) {
        noise = noise * 1664525 + 1013904223;
        const int edge = (x / 13 + y / 9) % 2 == 0 ? 60 : 0;
        frame->data[plane][y * frame->linesize[plane] + x] = static_cast<std::uint8_t>(
            40 + edge + 80 * x / width + static_cast<int>(noise >> 28) + plane * 10);
      }
  }
  return frame;
}

struct Plane {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> samples;
};

/// What the card does to one plane, by the same functions, one sample after the other.
Plane resampled(const AVFrame& frame, int plane, int width, int height) {
  const int fromWidth = plane == 0 ? frame.width : frame.width / 2;
  const int fromHeight = plane == 0 ? frame.height : frame.height / 2;
  const FilterWeights across =
      bicubicWeights(fromWidth, width, plane == 0 ? 0 : leftChromaShift(fromWidth, width))
          .tapMajor();
  const FilterWeights down = bicubicWeights(fromHeight, height);
  std::vector<short> between(static_cast<std::size_t>(width) * fromHeight);
  Plane made{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height)};
  ResamplePass first{.in = {frame.data[plane], nullptr},
                     .out = {between.data(), nullptr},
                     .inStride = frame.linesize[plane],
                     .outStride = width * 2,
                     .inStep = 1,
                     .outStep = 1,
                     .inBytes = 1,
                     .outBytes = 2,
                     .width = width,
                     .height = fromHeight,
                     .taps = across.taps,
                     .starts = across.starts.data(),
                     .weights = across.weights.data(),
                     .gain = kernels::kUnit / 256,
                     .offset = 0,
                     .least = -32767,
                     .most = 32767};
  for (int y = 0; y < fromHeight; ++y)
    for (int x = 0; x < width; ++x) kernels::resampleAcross(first, 0, x, y);
  ResamplePass last = first;
  last.in[0] = between.data();
  last.out[0] = made.samples.data();
  last.inStride = width * 2;
  last.outStride = width;
  last.outBytes = 1;
  last.height = height;
  last.taps = down.taps;
  last.starts = down.starts.data();
  last.weights = down.weights.data();
  last.gain = 256 / kernels::kUnit;
  last.least = 0;
  last.most = 255;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) kernels::resampleDown(last, 0, x, y);
  return made;
}

class Resample : public testing::TestWithParam<std::tuple<int, int>> {};

INSTANTIATE_TEST_SUITE_P(ToEverySize, Resample,
                         testing::Values(std::tuple{1280, 720}, std::tuple{854, 480},
                                         std::tuple{640, 360}, std::tuple{426, 240},
                                         std::tuple{1920, 1080}, std::tuple{200, 620}));

TEST_P(Resample, MakesWhatTheScalerOfTheCpuMakes) {
  const auto [width, height] = GetParam();
  const FramePtr source = busyPicture(960, 540);
  Scaler scaler(width, height);
  const Result<FramePtr> expected = scaler.scale(*source);
  ASSERT_TRUE(expected);
  for (int plane = 0; plane < 3; ++plane) {
    const int halved = plane == 0 ? 0 : 1;
    const Plane made = resampled(*source, plane, width >> halved, height >> halved);
    int furthest = 0;
    double squares = 0;
    for (int y = 0; y < made.height; ++y)
      for (int x = 0; x < made.width; ++x) {
        const int there = (*expected)->data[plane][y * (*expected)->linesize[plane] + x];
        const int off =
            std::abs(made.samples[static_cast<std::size_t>(y) * made.width + x] - there);
        furthest = std::max(furthest, off);
        squares += off * off;
      }
    EXPECT_LE(furthest, 2) << "plane " << plane;
    EXPECT_LE(squares / (made.width * made.height), 0.3) << "plane " << plane;
  }
}

TEST(FilterWeights, AddUpToOneForEverySample) {
  const FilterWeights filter = bicubicWeights(1920, 854);
  for (std::size_t i = 0; i < filter.starts.size(); ++i) {
    float sum = 0;
    for (int tap = 0; tap < filter.taps; ++tap) sum += filter.weights[i * filter.taps + tap];
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_GE(filter.starts[i], 0);
    EXPECT_LE(filter.starts[i] + filter.taps, 1920);
  }
}

TEST(FilterWeights, TakeALineOfTheSameLengthAsItIs) {
  const FilterWeights filter = bicubicWeights(5, 5);
  EXPECT_EQ(filter.taps, 1);
  EXPECT_EQ(filter.starts, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(FilterWeights, NeedNoMoreSamplesThanAShortLineHas) {
  const FilterWeights filter = bicubicWeights(3, 2);
  EXPECT_EQ(filter.taps, 3);
  for (const int start : filter.starts) EXPECT_EQ(start, 0);
}

}  // namespace
}  // namespace millrace
