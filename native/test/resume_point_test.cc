#include "media/input/resume_point.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr microseconds kFrame{40'000};

/// Reads `media` from `fromUs` on at so many seconds per second; tells the first move it asks for.
std::int64_t moveAsked(ResumePoint& point, std::int64_t fromUs, microseconds media, bool live,
                       double speed = 1) {
  Clock::time_point now = Clock::time_point(1000s);
  for (microseconds at{0}; at < media; at += kFrame) {
    now += std::chrono::duration_cast<microseconds>(kFrame / speed);
    if (const std::int64_t by = point.observe(fromUs + at.count(), live, now); by != 0) return by;
  }
  return 0;
}

TEST(ResumePoint, IsGoneOnAtByALiveSourceWhoseClockWasSetBack) {
  ResumePoint point(3'600 * kSecondUs);
  EXPECT_EQ(moveAsked(point, 0, 3s, true), 3'598 * kSecondUs);
  EXPECT_FALSE(point.missedByUs());
  EXPECT_EQ(moveAsked(point, 0, 30s, true), 0);
}

TEST(ResumePoint, IsAwaitedFromASourceThatCanBeReadAhead) {
  ResumePoint point(3'600 * kSecondUs);
  EXPECT_EQ(moveAsked(point, 0, 30s, false), 0);
  EXPECT_EQ(point.missedByUs(), 3'570 * kSecondUs + kFrame.count());
}

TEST(ResumePoint, IsAwaitedWhileALiveSourceCatchesUp) {
  ResumePoint point(100 * kSecondUs);
  EXPECT_EQ(moveAsked(point, 0, 100s, true, 10), 0);
}

TEST(ResumePoint, IsAwaitedFromALiveSourceThatIsNotFarBeforeIt) {
  ResumePoint point(100 * kSecondUs);
  EXPECT_EQ(moveAsked(point, 90 * kSecondUs, 9s, true), 0);
  EXPECT_FALSE(point.missedByUs());
}

TEST(ResumePoint, WasReachedByASourceThatEndsBehindIt) {
  ResumePoint point(100 * kSecondUs);
  EXPECT_EQ(moveAsked(point, 95 * kSecondUs, 6s, true), 0);
  EXPECT_FALSE(point.missedByUs());
}

TEST(ResumePoint, MissesNothingWhereThereIsNone) {
  ResumePoint point(std::nullopt);
  EXPECT_EQ(moveAsked(point, 0, 30s, true), 0);
  EXPECT_FALSE(point.missedByUs());
}

}  // namespace
}  // namespace millrace
