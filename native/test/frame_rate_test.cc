#include "media/video/frame_rate.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <tuple>
#include <vector>

namespace millrace {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

/// Timestamp of frame `i` of a source, as a container with `ticksPerSecond` keeps it.
std::int64_t at(int i, Rational rate, std::int64_t ticksPerSecond = 90'000) {
  const std::int64_t scaled = ticksPerSecond * rate.den * i;
  const std::int64_t ticks = (scaled + rate.num / 2) / rate.num;
  return (ticks * kSecondUs + ticksPerSecond / 2) / ticksPerSecond;
}

struct Output {
  std::vector<FramePick> picks;
  std::vector<int> keptFrames;

  std::size_t count() const { return picks.size(); }
};

Output run(Rational target, Rational source, int frames, std::int64_t ticksPerSecond = 90'000,
           std::int64_t startUs = 0, std::int64_t baseUs = 0) {
  FrameRate frameRate(target, baseUs);
  Output output;
  for (int i = 0; i < frames; ++i) {
    for (const FramePick& pick : frameRate.decide(startUs + at(i, source, ticksPerSecond))) {
      output.picks.push_back(pick);
      if (!pick.repeatPrevious) output.keptFrames.push_back(i);
    }
  }
  for (const FramePick& pick : frameRate.finish(kSecondUs * source.den / source.num)) {
    output.picks.push_back(pick);
  }
  return output;
}

void expectStrictlyIncreasing(const Output& output) {
  for (std::size_t i = 1; i < output.picks.size(); ++i) {
    EXPECT_GT(output.picks[i].timestampUs, output.picks[i - 1].timestampUs) << i;
  }
}

constexpr Rational kNtsc{30'000, 1'001};

}  // namespace

TEST(FrameRate, GivesTheCountsOfTwoSecondsAtSixtyFrames) {
  const std::vector<std::tuple<Rational, std::size_t, std::size_t>> cases = {
      {{30, 1}, 60, 60},           {{60, 1}, 120, 120},       {{120, 1}, 240, 240},
      {{0, 1}, 120, 120},          {{24'000, 1'001}, 48, 49}, {{30'000, 1'001}, 60, 61},
      {{60'000, 1'001}, 119, 120}, {{2'398, 100}, 48, 49},    {{100, 1}, 200, 200},
      {{123, 1}, 246, 246}};
  for (const std::int64_t ticksPerSecond : {90'000, 1'000}) {
    for (const auto& [fps, least, most] : cases) {
      const Output output = run(fps, {60, 1}, 120, ticksPerSecond, kSecondUs, kSecondUs);
      EXPECT_GE(output.count(), least) << fps.num << '/' << fps.den;
      EXPECT_LE(output.count(), most) << fps.num << '/' << fps.den;
      expectStrictlyIncreasing(output);
    }
  }
}

TEST(FrameRate, KeepsExactlyEverySecondFrameFromSixtyToThirty) {
  for (const std::int64_t ticksPerSecond : {90'000, 1'000}) {
    for (const std::int64_t startUs : {0, 1'433'000, 37'488'610}) {
      const Output output = run({30, 1}, {60, 1}, 600, ticksPerSecond, startUs, startUs);
      ASSERT_EQ(output.count(), 300U);
      for (std::size_t i = 0; i < output.count(); ++i) {
        ASSERT_EQ(output.keptFrames[i], static_cast<int>(2 * i));
        ASSERT_EQ(output.picks[i].timestampUs,
                  startUs + at(static_cast<int>(2 * i), {60, 1}, ticksPerSecond));
      }
    }
  }
}

TEST(FrameRate, PassesEveryFrameWithItsTimestampWhenTheRateIsTheSources) {
  FrameRate frameRate({0, 1}, 0);
  for (const std::int64_t pts : {-5, 0, 1, 40'000, 3'000'000}) {
    const auto picks = frameRate.decide(pts);
    ASSERT_EQ(picks.size(), 1U);
    EXPECT_EQ(picks[0].timestampUs, pts);
  }
  EXPECT_TRUE(frameRate.finish(40'000).empty());
}

TEST(FrameRate, KeepsEveryFrameOfASourceThatHasTheRateAlready) {
  for (const std::int64_t ticksPerSecond : {90'000, 1'000}) {
    for (const Rational rate : {Rational{30, 1}, kNtsc, Rational{25, 1}, Rational{60, 1}}) {
      // At every phase to the base, as in a later attempt or behind a discontinuity.
      for (std::int64_t phaseUs = 0; phaseUs < 40'000; phaseUs += 333) {
        const Output output = run(rate, rate, 300, ticksPerSecond, kSecondUs + phaseUs, 0);
        EXPECT_EQ(output.keptFrames.size(), 300U) << rate.num << " at " << phaseUs;
        EXPECT_EQ(output.count(), 300U) << rate.num << " at " << phaseUs;
      }
    }
  }
}

TEST(FrameRate, RepeatsOneFrameInAThousandFromNtscToThirty) {
  for (const std::int64_t ticksPerSecond : {90'000, 1'000}) {
    const Output output = run({30, 1}, kNtsc, 3'000, ticksPerSecond);
    EXPECT_EQ(output.keptFrames.size(), 3'000U);
    EXPECT_EQ(output.count(), 3'003U);
    expectStrictlyIncreasing(output);
  }
}

TEST(FrameRate, DropsOneFrameInAThousandFromThirtyToNtsc) {
  for (const std::int64_t ticksPerSecond : {90'000, 1'000}) {
    const Output output = run(kNtsc, {30, 1}, 3'000, ticksPerSecond);
    EXPECT_EQ(output.count(), 2'997U);
    EXPECT_EQ(output.keptFrames.size(), 2'997U) << "nothing is repeated";
  }
}

TEST(FrameRate, RepeatsFramesAtTheTicksTheyAreMissingFrom) {
  FrameRate frameRate({50, 1}, 0);
  EXPECT_EQ(frameRate.decide(0).size(), 1U);
  const auto picks = frameRate.decide(80'000);
  ASSERT_EQ(picks.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(picks[i].repeatPrevious);
    EXPECT_EQ(picks[i].timestampUs, static_cast<std::int64_t>(20'000 * (i + 1)));
  }
  EXPECT_FALSE(picks[3].repeatPrevious);
  EXPECT_EQ(picks[3].timestampUs, 80'000);
}

TEST(FrameRate, LeavesGapsOfMoreThanASecondOpen) {
  FrameRate frameRate({30, 1}, 0);
  frameRate.decide(0);
  EXPECT_EQ(frameRate.decide(1'100'000).size(), 1U);
}

TEST(FrameRate, NeverRepeatsAFrameMoreThan25Times) {
  FrameRate frameRate({120, 1}, 0);
  frameRate.decide(0);
  EXPECT_EQ(frameRate.decide(kSecondUs).size(), 26U);
  EXPECT_EQ(frameRate.finish(kSecondUs).size(), 25U);
}

TEST(FrameRate, FillsTheTicksTheLastFrameLasts) {
  FrameRate frameRate({60, 1}, 0);
  frameRate.decide(0);
  frameRate.decide(33'333);
  const auto picks = frameRate.finish(33'333);
  ASSERT_EQ(picks.size(), 1U);
  EXPECT_TRUE(picks[0].repeatPrevious);
  EXPECT_EQ(picks[0].timestampUs, 50'000);
  EXPECT_TRUE(FrameRate({60, 1}, 0).finish(33'333).empty()) << "there was no frame";
}

TEST(FrameRate, KeepsAFrameItMustInPlaceOfTheNext) {
  FrameRate frameRate({30, 1}, 0);
  std::vector<int> kept;
  for (int i = 0; i < 10; ++i) {
    if (!frameRate.decide(at(i, {60, 1}), i == 3).empty()) kept.push_back(i);
  }
  EXPECT_EQ(kept, (std::vector<int>{0, 2, 3, 6, 8}));
}

TEST(FrameRate, KeepsTheRateWhenItMustKeepFramesOften) {
  FrameRate frameRate({10, 1}, 0);
  int kept = 0;
  for (int i = 0; i < 600; ++i)
    kept += frameRate.decide(at(i, {60, 1}), i % 15 == 0).empty() ? 0 : 1;
  EXPECT_EQ(kept, 100);
}

TEST(FrameRate, DropsFramesThatComeLateUnlessItMustNot) {
  FrameRate frameRate({30, 1}, 0);
  frameRate.decide(100'000);
  EXPECT_TRUE(frameRate.decide(100'000).empty());
  EXPECT_TRUE(frameRate.decide(20'000).empty());
  const auto picks = frameRate.decide(20'000, true);
  ASSERT_EQ(picks.size(), 1U);
  EXPECT_EQ(picks[0].timestampUs, 100'001);
}

TEST(FrameRate, GoesOnFromTheLatestFrameAfterOneThatCameLate) {
  FrameRate frameRate({60, 1}, 0);
  frameRate.decide(100'000);
  frameRate.decide(20'000, true);
  const auto picks = frameRate.finish(33'333);
  ASSERT_EQ(picks.size(), 1U);
  EXPECT_EQ(picks[0].timestampUs, 116'667);
}

TEST(FrameRate, CountsFromItsBaseBeforeAndBehindIt) {
  const Output before = run({30, 1}, {60, 1}, 60, 90'000, 0, 10 * kSecondUs);
  EXPECT_EQ(before.count(), 30U);
  EXPECT_EQ(before.keptFrames[1], 2);
  const Output behind = run({30, 1}, {60, 1}, 60, 90'000, 10 * kSecondUs, 0);
  EXPECT_EQ(behind.count(), 30U);
}

TEST(FrameRate, ThinsAVariableRateWithoutCrowdingOrGaps) {
  FrameRate frameRate({30, 1}, 0);
  std::vector<FramePick> picks;
  std::int64_t pts = 0;
  std::srand(7);
  for (int i = 0; i < 2'000; ++i) {
    for (const auto& pick : frameRate.decide(pts)) picks.push_back(pick);
    pts += 5'000 + std::rand() % 60'000;
  }
  const double expected = static_cast<double>(pts) * 30 / kSecondUs;
  EXPECT_NEAR(static_cast<double>(picks.size()), expected, 3);
}

}  // namespace millrace
