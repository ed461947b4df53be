#include "media/video/decode_start.h"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace millrace {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kFrameUs = 40'000;
constexpr std::int64_t kSecondUs = 1'000'000;

MediaPacket packet(std::int64_t ptsUs, bool keyframe, std::int64_t dtsUs, int bytes = 100) {
  MediaPacket made;
  made.video = true;
  made.packet = makePacket();
  if (av_new_packet(made.packet.get(), bytes) < 0) throw std::bad_alloc();
  made.packet->pts = ptsUs;
  made.packet->dts = dtsUs;
  made.packet->flags = keyframe ? AV_PKT_FLAG_KEY : 0;
  return made;
}

/// A stage that decodes what it is told to, and counts the decoders that takes.
class Stage {
 public:
  explicit Stage(std::optional<std::int64_t> resumeAtUs) : start(resumeAtUs) {}

  void accepts(std::int64_t ptsUs, bool keyframe, Clock::duration waited = 0us) {
    take(start.accept(packet(ptsUs, keyframe, ptsUs), waited));
  }
  /// 25 pictures a second from `fromUs` on, with a keyframe every `gopUs`.
  void acceptsGops(std::int64_t fromUs, std::int64_t untilUs, std::int64_t gopUs,
                   Clock::duration waited = 0us) {
    for (std::int64_t at = fromUs; at < untilUs; at += kFrameUs)
      accepts(at, (at - fromUs) % gopUs == 0, waited);
  }
  void take(DecodeStart::Step step) {
    if (step.anew) ++decoders;
    for (const MediaPacket& each : step.packets) decoded.push_back(each.packet->pts);
  }

  DecodeStart start;
  std::vector<std::int64_t> decoded;
  int decoders = 1;
};

TEST(DecodeStart, IsTheFirstKeyframe) {
  Stage stage(std::nullopt);
  stage.accepts(0, false);
  stage.accepts(kFrameUs, true);
  stage.accepts(2 * kFrameUs, false);
  EXPECT_EQ(stage.decoded, (std::vector<std::int64_t>{kFrameUs, 2 * kFrameUs}));
}

TEST(DecodeStart, IsWhereverTheSourceIsWhenNoKeyframeComes) {
  Stage stage(std::nullopt);
  for (std::int64_t at = 0; at < 10 * kSecondUs; at += kFrameUs) stage.accepts(at, false);
  EXPECT_TRUE(stage.decoded.empty());
  stage.accepts(10 * kSecondUs, false);
  EXPECT_EQ(stage.decoded.size(), 251U);
}

TEST(DecodeStart, OfASourceThatEndsWithoutAKeyframeIsItsFirstPicture) {
  Stage stage(std::nullopt);
  stage.accepts(0, false);
  EXPECT_EQ(stage.start.finish().size(), 1U);
}

TEST(DecodeStart, IsTheLastKeyframeBeforeThePoint) {
  Stage stage(10 * kSecondUs + 500'000);
  stage.acceptsGops(0, 12 * kSecondUs, 2 * kSecondUs);
  ASSERT_EQ(stage.decoded.size(), 50U);
  EXPECT_EQ(stage.decoded.front(), 10 * kSecondUs);
  EXPECT_EQ(stage.decoders, 1);
  EXPECT_EQ(stage.start.passedUs().size(), 250U);
  EXPECT_EQ(*stage.start.passedUs().rbegin(), 10 * kSecondUs - kFrameUs);
}

TEST(DecodeStart, IsTheKeyframeAtThePoint) {
  Stage stage(4 * kSecondUs);
  stage.acceptsGops(0, 5 * kSecondUs, 2 * kSecondUs);
  EXPECT_EQ(stage.decoded.front(), 4 * kSecondUs);
  EXPECT_EQ(stage.decoded.size(), 25U);
}

TEST(DecodeStart, KeepsTheGopThatPicturesAtThePointMayReferTo) {
  Stage stage(4 * kSecondUs - kFrameUs / 2);
  stage.acceptsGops(0, 5 * kSecondUs, 2 * kSecondUs);
  EXPECT_EQ(stage.decoded.front(), 2 * kSecondUs);
  EXPECT_EQ(stage.decoded.size(), 75U);
}

TEST(DecodeStart, IsTheFirstKeyframeOfASourceThatStartsBehindThePoint) {
  Stage stage(kSecondUs);
  stage.accepts(5 * kSecondUs, false);
  stage.acceptsGops(5 * kSecondUs + kFrameUs, 6 * kSecondUs, kSecondUs);
  EXPECT_EQ(stage.decoded.front(), 5 * kSecondUs + kFrameUs);
}

TEST(DecodeStart, LeavesOutWhatIsShownBeforeTheKeyframeItStartsAt) {
  Stage stage(4 * kSecondUs + kFrameUs);
  stage.acceptsGops(0, 4 * kSecondUs - 2 * kFrameUs, 2 * kSecondUs);
  const std::int64_t dts = 4 * kSecondUs - 2 * kFrameUs;
  stage.take(stage.start.accept(packet(4 * kSecondUs, true, dts), 0us));
  stage.take(stage.start.accept(packet(4 * kSecondUs - kFrameUs, false, dts + 1), 0us));
  stage.take(stage.start.accept(packet(4 * kSecondUs - 2 * kFrameUs, false, dts + 2), 0us));
  stage.accepts(4 * kSecondUs + 2 * kFrameUs, false);
  EXPECT_EQ(stage.decoded,
            (std::vector<std::int64_t>{4 * kSecondUs, 4 * kSecondUs + 2 * kFrameUs}));
  EXPECT_EQ(*stage.start.passedUs().rbegin(), 4 * kSecondUs - kFrameUs);
  EXPECT_EQ(stage.start.passedUs().size(), 100U);
}

TEST(DecodeStart, GivesUpOnAKeyframeBeforeThePointAfterTenSecondsAndTakesOneThatComesAfterAll) {
  Stage stage(30 * kSecondUs);
  stage.acceptsGops(0, 15 * kSecondUs, 15 * kSecondUs);
  EXPECT_EQ(stage.decoded.size(), 375U);
  EXPECT_EQ(stage.decoders, 1);
  stage.acceptsGops(15 * kSecondUs, 31 * kSecondUs, 5 * kSecondUs);
  EXPECT_EQ(stage.decoders, 2);
  EXPECT_EQ(stage.decoded[375], 30 * kSecondUs);
}

TEST(DecodeStart, HoldsNoMoreThanSoManyBytes) {
  Stage stage(9 * kSecondUs);
  constexpr int kMegabyte = 1024 * 1024;
  for (int i = 0; i < 31; ++i)
    stage.take(stage.start.accept(packet(i * kFrameUs, i == 0, i * kFrameUs, kMegabyte), 0us));
  EXPECT_TRUE(stage.decoded.empty());
  stage.take(stage.start.accept(packet(31 * kFrameUs, false, 31 * kFrameUs, kMegabyte), 0us));
  EXPECT_EQ(stage.decoded.size(), 32U);
}

TEST(DecodeStart, IsAtOnceWhileTheSourceComesAtThePaceOfRealTime) {
  Stage stage(8 * kSecondUs);
  stage.acceptsGops(0, 4 * kSecondUs, 2 * kSecondUs, 39ms);
  EXPECT_EQ(stage.decoded.size(), 100U);
  EXPECT_EQ(stage.decoders, 1);
}

TEST(DecodeStart, SkipsAgainWhenTheSourceComesFasterAgain) {
  Stage stage(8 * kSecondUs);
  stage.acceptsGops(0, kSecondUs, 2 * kSecondUs, 39ms);
  const std::size_t before = stage.decoded.size();
  EXPECT_EQ(before, 25U);
  stage.acceptsGops(2 * kSecondUs, 8 * kSecondUs + kFrameUs, 2 * kSecondUs);
  EXPECT_EQ(stage.decoders, 2);
  EXPECT_EQ(stage.decoded[before], 8 * kSecondUs);
}

TEST(DecodeStart, DecodesNothingOfASourceThatEndsBeforeThePoint) {
  Stage stage(8 * kSecondUs);
  stage.acceptsGops(0, 7 * kSecondUs, 2 * kSecondUs);
  EXPECT_TRUE(stage.start.finish().empty());
  EXPECT_TRUE(stage.decoded.empty());
}

TEST(DecodeStart, OfAnotherTrackIsItsFirstKeyframe) {
  Stage stage(std::nullopt);
  stage.acceptsGops(0, kSecondUs, kSecondUs);
  stage.start.restart();
  stage.accepts(kSecondUs, false);
  EXPECT_EQ(stage.decoded.size(), 25U);
  stage.accepts(kSecondUs + kFrameUs, true);
  EXPECT_EQ(stage.decoded.size(), 26U);
}

}  // namespace
}  // namespace millrace
