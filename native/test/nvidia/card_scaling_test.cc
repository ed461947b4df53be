// Scaling on a card, on a double of NVIDIA's libraries: the engine's kernels as the host runs them,
// through everything that leads to them.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "card_media.h"
#include "control_folder.h"
#include "media/device/cuda_device.h"
#include "media/video/cascade.h"
#include "media/video/cuda_scaler.h"
#include "media/video/device_upload.h"
#include "media/video/scaler.h"

namespace millrace {
namespace {

std::shared_ptr<CudaDevice> openedCard() {
  Result<std::shared_ptr<CudaDevice>> opened = CudaDevice::open(0);
  if (!opened) throw std::runtime_error(opened.error().cause);
  return *opened;
}

/// A picture on the card, of the format that a card's decoder gives.
FramePtr onCard(const CudaDevice& card, const AVFrame& picture) {
  const Result<BufferPtr> frames =
      card.framesOf(static_cast<AVPixelFormat>(picture.format), picture.width, picture.height);
  Result<FramePtr> copy = card.upload(picture, **frames);
  if (!copy) throw std::runtime_error(copy.error().cause);
  return std::move(*copy);
}

/// The mean of the squares of the differences of samples of two bytes.
double deepLumaError(const AVFrame& a, const AVFrame& b) {
  const auto row = [](const AVFrame& frame, int y) {
    return reinterpret_cast<const std::uint16_t*>(frame.data[0] + y * frame.linesize[0]);
  };
  double squares = 0;
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x) {
      const double off = row(a, y)[x] - row(b, y)[x];
      squares += off * off;
    }
  return squares / (a.width * a.height);
}

using Case = std::tuple<AVPixelFormat, int, AVColorRange>;

class ScalingOnACard : public OnDouble, public testing::WithParamInterface<Case> {};

INSTANTIATE_TEST_SUITE_P(
    OfEveryFormat, ScalingOnACard,
    testing::Combine(testing::Values(AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P, AV_PIX_FMT_P010),
                     testing::Values(8, 10), testing::Values(AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG)));

TEST_P(ScalingOnACard, MakesThePicturesOfTheCpusScaler) {
  const auto [format, bitDepth, range] = GetParam();
  const FramePtr source = hostPicture(format, 640, 360, 3);
  source->color_range = range;
  Scaler scaler(426, 240, bitDepth);
  const Result<FramePtr> expected = scaler.scale(*source);
  ASSERT_TRUE(expected);

  const auto card = openedCard();
  const auto cascade = std::make_shared<Cascade>(ScaledSize{640, 360, 8},
                                                 std::vector{ScaledSize{426, 240, bitDepth}}, card);
  CascadedPicture picture(cascade, onCard(*card, *source));
  const Result<FramePtr> stayed = picture.at({426, 240, bitDepth});
  ASSERT_TRUE(stayed) << stayed.error().cause;
  EXPECT_EQ((*stayed)->format, AV_PIX_FMT_CUDA);
  EXPECT_EQ(softwareFormatOf(**stayed), bitDepth > 8 ? AV_PIX_FMT_P010 : AV_PIX_FMT_NV12);
  const Result<FramePtr> fetched = picture.fetchedAt({426, 240, bitDepth});
  ASSERT_TRUE(fetched) << fetched.error().cause;
  ASSERT_EQ((*fetched)->format, (*expected)->format);
  EXPECT_FALSE(cascade->trouble());
  // Half of the samples off by one: 51 dB. Without a sanitizer it is 0.2 at most.
  constexpr double kMostError = 0.5;
  if (bitDepth == 8) {
    EXPECT_LE(meanSquaredError(**fetched, **expected), kMostError);
  } else {
    EXPECT_LE(deepLumaError(**fetched, **expected), 16 * kMostError);
  }
}

class CascadeOnACard : public OnDouble {};

TEST_F(CascadeOnACard, IsMadeByTheCpuWhenTheCardHasNoMemoryLeft) {
  const auto card = openedCard();
  const FramePtr source = onCard(*card, *hostPicture(AV_PIX_FMT_NV12, 640, 360, 0));
  const auto cascade = std::make_shared<Cascade>(ScaledSize{640, 360, 8},
                                                 std::vector{ScaledSize{320, 180, 8}}, card);
  ControlFolder::say("memory-bytes=1\n");
  CascadedPicture picture(cascade, clone(*source));
  const Result<FramePtr> made = picture.at({320, 180, 8});
  ASSERT_TRUE(made) << made.error().cause;
  EXPECT_EQ((*made)->format, AV_PIX_FMT_YUV420P);
  ASSERT_TRUE(cascade->trouble());
  EXPECT_EQ(cascade->trouble()->code, ErrorCode::kDeviceOutOfMemory);
}

}  // namespace
}  // namespace millrace
