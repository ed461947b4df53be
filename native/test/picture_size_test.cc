#include "media/video/picture_size.h"

#include <gtest/gtest.h>

#include <ostream>

namespace millrace {

// Lets GoogleTest print what it compares.
std::ostream& operator<<(std::ostream& out, const PictureSize& size) {
  return out << size.width << 'x' << size.height << " SAR " << size.sampleAspect.num << ':'
             << size.sampleAspect.den;
}

namespace {

PictureSize sized(int width, int height, AVRational aspect = {0, 1}) {
  return {.width = width, .height = height, .sampleAspect = aspect};
}

PictureSize fit(const SourcePicture& source, int boxWidth, int boxHeight) {
  return fitPicture(source, boxWidth, boxHeight, sizeLimits(VideoCodec::kH264, AccelKind::kNone));
}

PictureSize fitNvenc(const SourcePicture& source, int boxWidth, int boxHeight,
                     VideoCodec codec = VideoCodec::kH264) {
  return fitPicture(source, boxWidth, boxHeight, sizeLimits(codec, AccelKind::kNvidia));
}

}  // namespace

TEST(PictureSize, FillsTheBoxOfASourceOfItsShape) {
  const SourcePicture fullHd{.width = 1920, .height = 1080};
  EXPECT_EQ(fit(fullHd, 1280, 720), sized(1280, 720));
  EXPECT_EQ(fit(fullHd, 854, 480), sized(854, 480));
  EXPECT_EQ(fit(fullHd, 640, 360), sized(640, 360));
  EXPECT_EQ(fit(fullHd, 426, 240), sized(426, 240));
  EXPECT_EQ(fit(fullHd, 256, 144), sized(256, 144));
}

TEST(PictureSize, KeepsTheShapeOfOtherSourcesWithinTheBox) {
  EXPECT_EQ(fit({.width = 1024, .height = 432}, 640, 360), sized(640, 270));
  EXPECT_EQ(fit({.width = 640, .height = 480}, 1280, 720), sized(960, 720));
  EXPECT_EQ(fit({.width = 500, .height = 100}, 250, 250), sized(250, 50));
  EXPECT_EQ(fit({.width = 150, .height = 200}, 250, 250), sized(188, 250));
}

TEST(PictureSize, TurnsTheBoxForPortraitSources) {
  EXPECT_EQ(fit({.width = 720, .height = 1280}, 1280, 720), sized(720, 1280));
  EXPECT_EQ(fit({.width = 720, .height = 1280}, 640, 360), sized(360, 640));
  EXPECT_EQ(fit({.width = 720, .height = 1280}, 720, 1280), sized(720, 1280));
  EXPECT_EQ(fit({.width = 1280, .height = 720}, 720, 1280), sized(720, 406))
      << "a portrait box stays one";
}

TEST(PictureSize, TurnsWithTheRotation) {
  for (const int rotation : {90, 270}) {
    EXPECT_EQ(fit({.width = 1920, .height = 1080, .rotation = rotation}, 1280, 720),
              sized(720, 1280));
    EXPECT_EQ(fit({.width = 256, .height = 144, .rotation = rotation}, 256, 144), sized(146, 260));
  }
  EXPECT_EQ(fit({.width = 1920, .height = 1080, .rotation = 180}, 1280, 720), sized(1280, 720));
}

TEST(PictureSize, LetsASideOfZeroFollowTheOther) {
  EXPECT_EQ(fit({.width = 1920, .height = 1080}, 0, 720), sized(1280, 720));
  EXPECT_EQ(fit({.width = 1920, .height = 1080}, 1280, 0), sized(1280, 720));
  EXPECT_EQ(fit({.width = 1024, .height = 432}, 0, 240), sized(568, 240));
  EXPECT_EQ(fit({.width = 1080, .height = 1920}, 0, 720), sized(720, 1280));
  EXPECT_EQ(fit({.width = 1080, .height = 1920}, 1280, 0), sized(720, 1280));
}

TEST(PictureSize, IsTheSourcesWhenBothSidesAreZero) {
  EXPECT_EQ(fit({.width = 1920, .height = 1080}, 0, 0), sized(1920, 1080));
  EXPECT_EQ(fit({.width = 1920, .height = 1080, .rotation = 90}, 0, 0), sized(1080, 1920));
  EXPECT_EQ(fit({.width = 641, .height = 359}, 0, 0), sized(642, 360));
}

TEST(PictureSize, RoundsToTheNearestEvenSide) {
  EXPECT_EQ(fit({.width = 1000, .height = 563}, 500, 0), sized(500, 282));
  EXPECT_EQ(fit({.width = 1000, .height = 561}, 500, 0), sized(500, 280));
}

TEST(PictureSize, IsAtLeastWhatEveryEncoderTakes) {
  for (const auto& fitted : {&fit, +[](const SourcePicture&source, int width, int height) {
                               return fitNvenc(source, width, height);
                             }}) {
    EXPECT_EQ(fitted({.width = 123, .height = 456}, 250, 250), sized(146, 542));
    EXPECT_EQ(fitted({.width = 456, .height = 400}, 100, 100), sized(146, 128));
    EXPECT_EQ(fitted({.width = 640, .height = 120}, 160, 30), sized(266, 50));
    EXPECT_EQ(fitted({.width = 64, .height = 64}, 0, 0), sized(146, 146));
  }
}

TEST(PictureSize, IsAtMostWhatTheJobsEncodersTake) {
  constexpr SourcePicture kUltraHd{.width = 7680, .height = 4320};
  EXPECT_EQ(fit(kUltraHd, 0, 0), sized(7680, 4320));
  EXPECT_EQ(fit(kUltraHd, 0, 16'384), sized(16'384, 9216));
  EXPECT_EQ(fitNvenc(kUltraHd, 0, 0), sized(4096, 2304));
  const SizeLimits& whatEitherTakes = sizeLimits(VideoCodec::kH264, AccelKind::kAuto);
  EXPECT_EQ(fitPicture(kUltraHd, 0, 0, whatEitherTakes), sized(7680, 4320));
  EXPECT_FALSE(fitsNvenc(sized(7680, 4320), VideoCodec::kH264));
  EXPECT_TRUE(fitsNvenc(sized(7680, 4320), VideoCodec::kHevc));
  EXPECT_TRUE(fitsNvenc(sized(4096, 2304), VideoCodec::kH264));
}

TEST(PictureSize, StaysWithinWhatHevcEncodersTake) {
  const auto hevc = [](const SourcePicture& source, int boxWidth, int boxHeight) {
    return fitNvenc(source, boxWidth, boxHeight, VideoCodec::kHevc);
  };
  EXPECT_EQ(hevc({.width = 7680, .height = 4320}, 0, 0), sized(7680, 4320));
  EXPECT_EQ(hevc({.width = 10'000, .height = 4'000}, 0, 0), sized(8192, 3276));
  EXPECT_EQ(hevc({.width = 100, .height = 100}, 100, 100), sized(132, 132));
}

TEST(PictureSize, GivesUpTheShapeOnlyWhenTheLimitsLeaveNoChoice) {
  EXPECT_EQ(fitNvenc({.width = 10'000, .height = 10}, 1280, 720), sized(4096, 50));
  EXPECT_EQ(fitNvenc({.width = 10, .height = 10'000}, 1280, 720), sized(146, 4096));
}

TEST(PictureSize, KeepsTheSampleAspect) {
  EXPECT_EQ(fit({.width = 720, .height = 576, .sampleAspect = {64, 45}}, 0, 0),
            sized(720, 576, {64, 45}));
  EXPECT_EQ(fit({.width = 720, .height = 576, .sampleAspect = {64, 45}}, 360, 288),
            sized(360, 288, {64, 45}));
  EXPECT_EQ(fit({.width = 1440, .height = 1080, .sampleAspect = {4, 3}}, 1280, 720),
            sized(960, 720, {4, 3}));
  EXPECT_EQ(fit({.width = 1280, .height = 720, .sampleAspect = {1, 1}}, 640, 360),
            sized(640, 360, {1, 1}));
}

TEST(PictureSize, TurnsTheSampleAspectWithThePicture) {
  EXPECT_EQ(fit({.width = 1440, .height = 1080, .sampleAspect = {4, 3}, .rotation = 90}, 0, 0),
            sized(1080, 1440, {3, 4}));
}

TEST(PictureSize, JudgesPortraitByWhatIsShown) {
  // 544x576 pixels of 24:11 are shown as 1187x576.
  EXPECT_EQ(fit({.width = 544, .height = 576, .sampleAspect = {24, 11}}, 640, 288),
            sized(272, 288, {24, 11}));
}

TEST(PictureSize, TakesABrokenSampleAspectForUnknown) {
  EXPECT_EQ(fit({.width = 1280, .height = 720, .sampleAspect = {-1, 0}}, 0, 0), sized(1280, 720));
}

}  // namespace millrace
