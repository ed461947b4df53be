#include "media/video/keyframe_grid.h"

#include <gtest/gtest.h>

#include <vector>

#include "media/video/frame_rate.h"

namespace millrace {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

std::vector<int> keyframes(KeyframeGrid grid, int frames, int fps, std::int64_t startUs = 0,
                           std::int64_t roundingUs = 1) {
  std::vector<int> found;
  for (int i = 0; i < frames; ++i) {
    const std::int64_t pts = startUs + i * kSecondUs / fps;
    if (grid.isKeyframe((pts + roundingUs / 2) / roundingUs * roundingUs)) found.push_back(i);
  }
  return found;
}

}  // namespace

TEST(KeyframeGrid, FallsOnTheFirstFrameAtOrAfterEachPoint) {
  EXPECT_EQ(keyframes({0, 2 * kSecondUs}, 180, 30), (std::vector<int>{0, 60, 120}));
  EXPECT_EQ(keyframes({0, 250'000}, 30, 30), (std::vector<int>{0, 8, 15, 23}));
}

TEST(KeyframeGrid, GivesSevenKeyframesForADistanceOf300MsInTwoSeconds) {
  EXPECT_EQ(keyframes({0, 300'000}, 120, 60), (std::vector<int>{0, 18, 36, 54, 72, 90, 108}));
}

TEST(KeyframeGrid, IsNotMovedByTimestampsInMilliseconds) {
  for (const std::int64_t startUs : {0, 333, 499, 500, 667, 999}) {
    // The base may come from an attempt that read the same source in a finer container.
    for (const std::int64_t baseUs : {startUs, (startUs + 500) / 1'000 * 1'000}) {
      EXPECT_EQ(keyframes({baseUs, kSecondUs}, 90, 30, startUs, 1'000),
                (std::vector<int>{0, 30, 60}))
          << startUs << " from " << baseUs;
    }
  }
}

TEST(KeyframeGrid, MakesEveryFrameAKeyframeWithoutDistance) {
  EXPECT_EQ(keyframes({0, 0}, 5, 30).size(), 5U);
  EXPECT_TRUE(KeyframeGrid(0, 0).everyFrame());
  EXPECT_FALSE(KeyframeGrid(0, 1).everyFrame());
}

TEST(KeyframeGrid, MakesTheFirstFrameAKeyframeWhereverItLies) {
  EXPECT_EQ(keyframes({0, kSecondUs}, 60, 30, 500'000), (std::vector<int>{0, 15, 45}));
  EXPECT_EQ(keyframes({kSecondUs, kSecondUs}, 60, 30, 500'000), (std::vector<int>{0, 15, 45}));
}

TEST(KeyframeGrid, HasEarlyPointsForThoseWhoJoinInTheFirstSecond) {
  EXPECT_EQ(keyframes({0, 2 * kSecondUs, true}, 120, 30), (std::vector<int>{0, 8, 15, 23, 30, 60}));
  // Points that are on the grid anyway make no second keyframe.
  EXPECT_EQ(keyframes({0, kSecondUs / 2, true}, 45, 30), (std::vector<int>{0, 8, 15, 23, 30}));
  EXPECT_EQ(keyframes({kSecondUs, 2 * kSecondUs, true}, 60, 30, 3 * kSecondUs),
            (std::vector<int>{0}));
}

TEST(KeyframeGrid, GivesOneKeyframeBehindAGap) {
  KeyframeGrid grid(0, kSecondUs);
  EXPECT_TRUE(grid.isKeyframe(0));
  EXPECT_TRUE(grid.isKeyframe(5'500'000));
  EXPECT_FALSE(grid.isKeyframe(5'533'000));
  EXPECT_TRUE(grid.isKeyframe(6'000'000));
}

TEST(KeyframeGrid, GivesNoneForFramesThatComeLate) {
  KeyframeGrid grid(0, kSecondUs);
  EXPECT_TRUE(grid.isKeyframe(5 * kSecondUs));
  EXPECT_FALSE(grid.isKeyframe(2 * kSecondUs));
  EXPECT_FALSE(grid.isKeyframe(5'100'000));
}

TEST(KeyframeGrid, IsTheSameInRenditionsOfAnyRate) {
  KeyframeGrid grid(0, 700'000);
  std::vector<FrameRate> renditions = {{{0, 1}, 0}, {{30, 1}, 0}, {{25, 1}, 0}, {{123, 1}, 0}};
  for (int i = 0; i < 600; ++i) {
    const std::int64_t pts = i * kSecondUs / 60;
    const bool keyframe = grid.isKeyframe(pts);
    for (FrameRate& rendition : renditions) {
      const auto picks = rendition.decide(pts, keyframe);
      if (!keyframe) continue;
      ASSERT_FALSE(picks.empty());
      EXPECT_FALSE(picks.back().repeatPrevious);
      EXPECT_EQ(picks.back().timestampUs, pts);
    }
  }
}

}  // namespace millrace
