#include "media/video/cascade.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <new>
#include <thread>
#include <vector>

namespace millrace {
namespace {

constexpr ScaledSize k1080{1'920, 1'080};
constexpr ScaledSize k720{1'280, 720};
constexpr ScaledSize k480{854, 480};
constexpr ScaledSize k360{640, 360};
constexpr ScaledSize k240{426, 240};

/// The size that `size` is made from; the source's when from no other step.
ScaledSize parentOf(const Cascade& cascade, ScaledSize source, const std::vector<ScaledSize>& all,
                    ScaledSize size) {
  const auto parent = cascade.parentOf(*cascade.find(size));
  for (const ScaledSize& other : all)
    if (parent && cascade.find(other) == parent) return other;
  return source;
}

FramePtr grey(ScaledSize size, int luma) {
  FramePtr frame = makeFrame();
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = size.width;
  frame->height = size.height;
  if (av_frame_get_buffer(frame.get(), 64) < 0) throw std::bad_alloc();
  for (int plane = 0; plane < 3; ++plane)
    for (int y = 0; y < (plane == 0 ? size.height : size.height / 2); ++y)
      std::fill_n(frame->data[plane] + y * frame->linesize[plane], frame->linesize[plane],
                  static_cast<std::uint8_t>(plane == 0 ? luma : 128));
  frame->pts = 77;
  return frame;
}

TEST(Cascade, MakesSmallSizesFromALargerOneThatIsMadeFromTheSource) {
  const std::vector<ScaledSize> ladder{k360, k720, k240, k480};
  const Cascade cascade(k1080, ladder);
  EXPECT_EQ(parentOf(cascade, k1080, ladder, k720), k1080);
  EXPECT_EQ(parentOf(cascade, k1080, ladder, k480), k720);
  EXPECT_EQ(parentOf(cascade, k1080, ladder, k360), k720);
  EXPECT_EQ(parentOf(cascade, k1080, ladder, k240), k720);
}

TEST(Cascade, MakesASizeFromTheSourceWhenTheNextLargerOneIsTooNear) {
  const std::vector<ScaledSize> ladder{{1'600, 900}, k720};
  const Cascade cascade(k1080, ladder);
  EXPECT_EQ(parentOf(cascade, k1080, ladder, k720), k1080);
}

TEST(Cascade, MakesNothingFromAPictureThatWasEnlarged) {
  const std::vector<ScaledSize> ladder{k1080, k480, k360};
  const Cascade cascade(k480, ladder);
  EXPECT_EQ(parentOf(cascade, k480, ladder, k360), k480);
}

TEST(Cascade, MakesASizeOnceForTwoRungs) {
  const auto cascade = std::make_shared<Cascade>(k1080, std::vector<ScaledSize>{k720, k720, k360});
  EXPECT_EQ(cascade->steps(), 2U);
  CascadedPicture picture(cascade, grey(k1080, 90));
  const Result<FramePtr> one = picture.at(k720);
  const Result<FramePtr> other = picture.at(k720);
  ASSERT_TRUE(one);
  ASSERT_TRUE(other);
  EXPECT_EQ((*one)->data[0], (*other)->data[0]);
}

TEST(Cascade, GivesEverySizeToManyThreadsAtOnce) {
  const std::vector<ScaledSize> ladder{k720, k480, k360, k240};
  const auto cascade = std::make_shared<Cascade>(k1080, ladder);
  for (int luma = 40; luma < 60; ++luma) {
    CascadedPicture picture(cascade, grey(k1080, luma));
    std::vector<std::jthread> rungs;
    for (const ScaledSize& size : ladder)
      rungs.emplace_back([&picture, size, luma] {
        const Result<FramePtr> scaled = picture.at(size);
        ASSERT_TRUE(scaled);
        EXPECT_EQ((*scaled)->width, size.width);
        EXPECT_EQ((*scaled)->height, size.height);
        EXPECT_EQ((*scaled)->pts, 77);
        EXPECT_NEAR((*scaled)->data[0][(*scaled)->linesize[0] * 100 + 100], luma, 1);
      });
  }
}

TEST(Cascade, RefusesASizeThatNoRungHas) {
  CascadedPicture picture(std::make_shared<Cascade>(k1080, std::vector<ScaledSize>{k720}),
                          grey(k1080, 90));
  const Result<FramePtr> scaled = picture.at(k480);
  ASSERT_FALSE(scaled);
  EXPECT_EQ(scaled.error().code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace millrace
