#include "media/input/timeline.h"

#include <cmath>
#include <cstdint>

extern "C" {
#include <libavutil/avutil.h>
#include <libavutil/mathematics.h>
}

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace millrace {
namespace {

constexpr int kVideo = 0;
constexpr int kAudio = 1;
constexpr AVRational kTsBase{1, 90'000};
constexpr std::int64_t kFrame = 3'000;  // 30 fps in 90 kHz
constexpr std::int64_t kFrameUs = 33'333;
constexpr std::int64_t kSecond = 90'000;
constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kNone = AV_NOPTS_VALUE;
constexpr std::int64_t kTsWrap = std::int64_t{1} << 33;

Timeline tsTimeline(std::optional<std::int64_t> nearUs = std::nullopt) {
  Timeline timeline(nearUs);
  timeline.describe(kVideo, {.timeBase = kTsBase, .wrapBits = 33, .intervalUs = kFrameUs});
  timeline.describe(kAudio, {.timeBase = kTsBase, .wrapBits = 33, .inOrder = true});
  return timeline;
}

TimelineStamp video(Timeline& timeline, std::int64_t time) {
  return timeline.map(kVideo, time, time, kFrame);
}
TimelineStamp audio(Timeline& timeline, std::int64_t time) {
  return timeline.map(kAudio, time, time, 1'920);
}

std::int64_t ticks(std::int64_t us, AVRational base = kTsBase) {
  return av_rescale_q(us, AVRational{1, 1'000'000}, base);
}

}  // namespace

TEST(Timeline, KeepsMpegTsTimestampsExactly) {
  Timeline timeline = tsTimeline();
  for (std::int64_t time : {3'374'024'940LL, 3'374'024'941LL, 3'374'028'001LL, 3'374'036'007LL}) {
    const auto stamp = timeline.map(kVideo, time + 7, time, 0);
    EXPECT_EQ(ticks(stamp.dtsUs), time);
    EXPECT_EQ(ticks(stamp.ptsUs), time + 7);
    EXPECT_FALSE(stamp.discontinuity);
  }
}

TEST(Timeline, KeepsFlvMillisecondsExactly) {
  Timeline timeline;
  timeline.describe(kVideo, {.timeBase = {1, 1'000}, .wrapBits = 32});
  for (const std::int64_t time : {0, 33, 67, 100, 133}) {
    EXPECT_EQ(timeline.map(kVideo, time, time, 0).ptsUs, time * 1'000);
  }
}

TEST(Timeline, UnrollsA33BitWrap) {
  Timeline timeline = tsTimeline();
  for (int i = -5; i <= 5; ++i) {
    const std::int64_t time = kTsWrap + i * kFrame;
    const auto stamp = video(timeline, time % kTsWrap);
    EXPECT_EQ(ticks(stamp.dtsUs), time);
    EXPECT_FALSE(stamp.discontinuity);
  }
  EXPECT_EQ(timeline.corrections().discontinuities, 0);
}

TEST(Timeline, UnrollsAWrapThatLibavformatUndidHalfWay) {
  Timeline timeline = tsTimeline();
  EXPECT_EQ(ticks(video(timeline, -kFrame).dtsUs), kTsWrap - kFrame);
  EXPECT_EQ(ticks(video(timeline, kTsWrap).dtsUs), kTsWrap);
  EXPECT_EQ(ticks(video(timeline, kFrame).dtsUs), kTsWrap + kFrame);
}

TEST(Timeline, CountsUpToAWrapThatLibavformatCountsBackFrom) {
  Timeline timeline = tsTimeline();
  for (int i = -5; i <= 5; ++i) {
    const std::int64_t time = i * kFrame;
    EXPECT_EQ(ticks(timeline.map(kVideo, time, time, 0).ptsUs), kTsWrap + time);
    EXPECT_EQ(ticks(timeline.map(kAudio, time, time, 0).ptsUs), kTsWrap + time);
  }
}

TEST(Timeline, KeepsATimelineWhosePicturesStartAtZeroAlthoughTheirDtsLiesBefore) {
  Timeline timeline = tsTimeline();
  EXPECT_EQ(timeline.map(kVideo, 0, -2 * kFrame, kFrame).ptsUs, 0);
  EXPECT_EQ(timeline.map(kVideo, 3 * kFrame, -kFrame, kFrame).ptsUs, 3 * kFrame * 100 / 9);
}

TEST(Timeline, UnrollsA32BitWrapOfMilliseconds) {
  Timeline timeline;
  timeline.describe(kVideo, {.timeBase = {1, 1'000}, .wrapBits = 32});
  const std::int64_t wrap = std::int64_t{1} << 32;
  timeline.map(kVideo, wrap - 20, wrap - 20, 0);
  const auto stamp = timeline.map(kVideo, 20, 20, 0);
  EXPECT_EQ(stamp.ptsUs, (wrap + 20) * 1'000);
  EXPECT_FALSE(stamp.discontinuity);
}

TEST(Timeline, UnrollsAPtsThatWrapsBeforeItsDts) {
  Timeline timeline = tsTimeline();
  const auto stamp = timeline.map(kVideo, kFrame, kTsWrap - kFrame, 0);
  EXPECT_EQ(ticks(stamp.dtsUs), kTsWrap - kFrame);
  EXPECT_EQ(ticks(stamp.ptsUs), kTsWrap + kFrame);
}

TEST(Timeline, PutsStreamsOnBothSidesOfAWrapTogether) {
  Timeline timeline = tsTimeline();
  video(timeline, kTsWrap - kFrame);
  EXPECT_EQ(ticks(audio(timeline, 100).dtsUs), kTsWrap + 100);
  Timeline other = tsTimeline();
  audio(other, 100);
  EXPECT_EQ(ticks(video(other, kTsWrap - kFrame).dtsUs), -kFrame);
}

TEST(Timeline, ReadsTheFirstTimestampClosestToAnEarlierAttempt) {
  const std::int64_t base = av_rescale(kTsWrap - 10 * kSecond, 1'000'000, 90'000);
  Timeline timeline = tsTimeline(base);
  EXPECT_EQ(ticks(video(timeline, 5 * kSecond).dtsUs), kTsWrap + 5 * kSecond);
}

TEST(Timeline, GoesOnWhereItWasWhenTheClockJumps) {
  for (const std::int64_t jump :
       {11 * kSecond, -2 * kSecond, 20'000 * kSecond, -20'000 * kSecond}) {
    Timeline timeline = tsTimeline();
    const std::int64_t start = 30'000 * kSecond;
    video(timeline, start);
    const auto before = video(timeline, start + kFrame);
    const auto behind = video(timeline, start + 2 * kFrame + jump);
    EXPECT_TRUE(behind.discontinuity);
    EXPECT_EQ(behind.dtsUs, before.dtsUs + kFrameUs) << jump;
    const auto next = video(timeline, start + 3 * kFrame + jump);
    EXPECT_FALSE(next.discontinuity);
    EXPECT_NEAR(static_cast<double>(next.dtsUs - behind.dtsUs), kFrameUs, 1);
    EXPECT_EQ(timeline.corrections().discontinuities, 1);
  }
}

TEST(Timeline, TakesAGapOfUpToTenSecondsForWhatItIs) {
  Timeline timeline = tsTimeline();
  const auto before = video(timeline, 0);
  const auto behind = video(timeline, 9 * kSecond);
  EXPECT_FALSE(behind.discontinuity);
  EXPECT_EQ(behind.dtsUs - before.dtsUs, 9 * kSecondUs);
}

TEST(Timeline, MovesAllStreamsByTheSameOffsetWhicheverCrossesFirst) {
  for (const bool videoFirst : {true, false}) {
    Timeline timeline = tsTimeline();
    const std::int64_t start = 1'000 * kSecond;
    for (int i = 0; i < 30; ++i) {
      video(timeline, start + i * kFrame);
      audio(timeline, start + i * kFrame);
    }
    // The one that crosses first does so while the other has five packets of the old clock to come.
    const std::int64_t jump = -900 * kSecond;
    std::int64_t videoOffset = 0;
    std::int64_t audioOffset = 0;
    for (int i = 30; i < 60; ++i) {
      const std::int64_t source = start + i * kFrame;
      const bool videoCrossed = i >= (videoFirst ? 30 : 35);
      const bool audioCrossed = i >= (videoFirst ? 35 : 30);
      const auto v = video(timeline, source + (videoCrossed ? jump : 0));
      const auto a = audio(timeline, source + (audioCrossed ? jump : 0));
      EXPECT_EQ(v.discontinuity, i == (videoFirst ? 30 : 35)) << i;
      EXPECT_EQ(a.discontinuity, i == (videoFirst ? 35 : 30)) << i;
      if (!videoCrossed) {
        EXPECT_EQ(ticks(v.dtsUs), source);
      }
      if (!audioCrossed) {
        EXPECT_EQ(ticks(a.dtsUs), source);
      }
      videoOffset = v.dtsUs - av_rescale(source + jump, 100, 9);
      audioOffset = a.dtsUs - av_rescale(source + jump, 100, 9);
    }
    EXPECT_NEAR(static_cast<double>(videoOffset - audioOffset), 0, 1);
    EXPECT_EQ(timeline.corrections().discontinuities, 1);
    EXPECT_EQ(timeline.corrections().clamped, 0);
  }
}

TEST(Timeline, KeepsStreamsInSyncWhenTheOneBehindCrossesFirst) {
  // Video is written half a second ahead of audio, and both start afresh from 0.
  Timeline timeline = tsTimeline();
  const std::int64_t start = 500 * kSecond;
  TimelineStamp lastVideo;
  for (int i = 0; i < 30; ++i) {
    lastVideo = video(timeline, start + i * kFrame);
    if (i >= 15) audio(timeline, start + (i - 15) * kFrame);
  }
  const auto a = audio(timeline, 0);
  const auto v = video(timeline, 0);
  EXPECT_EQ(v.dtsUs, lastVideo.dtsUs + kFrameUs) << "no picture is pressed into the time of others";
  EXPECT_EQ(a.dtsUs, v.dtsUs);
}

TEST(Timeline, MovesTheNewOffsetWhenALateStreamWouldOverlap) {
  Timeline timeline = tsTimeline();
  const std::int64_t start = 500 * kSecond;
  video(timeline, start);
  audio(timeline, start);
  audio(timeline, 0);  // Crosses while half a second of video is to come.
  TimelineStamp lastVideo;
  for (int i = 1; i <= 15; ++i) lastVideo = video(timeline, start + i * kFrame);
  const auto v = video(timeline, 0);
  const auto a = audio(timeline, 1'920);
  EXPECT_EQ(v.dtsUs, lastVideo.dtsUs + kFrameUs);
  EXPECT_EQ(ticks(a.dtsUs - v.dtsUs), 1'920);
  EXPECT_EQ(timeline.corrections().clamped, 0);
}

TEST(Timeline, SeesASmallJumpInAStreamThatCrossesAfterAnother) {
  Timeline timeline = tsTimeline();
  const std::int64_t start = 500 * kSecond;
  for (int i = 0; i < 30; ++i) {
    video(timeline, start + i * kFrame);
    audio(timeline, start + i * kFrame);
  }
  // 1.05 s back for video; for audio, which is a little ahead, less than a second.
  const std::int64_t jump = -94'500;
  const auto v = video(timeline, start + 30 * kFrame + jump);
  const auto a = audio(timeline, start + 35 * kFrame + jump);
  EXPECT_TRUE(v.discontinuity);
  EXPECT_TRUE(a.discontinuity);
  EXPECT_NEAR(static_cast<double>(ticks(a.dtsUs - v.dtsUs)), 5 * kFrame, 1);
}

TEST(Timeline, FollowsOneDiscontinuityAfterAnother) {
  Timeline timeline = tsTimeline();
  std::int64_t last = -1;
  for (int epoch = 0; epoch < 50; ++epoch) {
    const std::int64_t start = (epoch * 7'919 % 50) * 1'000 * kSecond;
    for (int i = 0; i < 10; ++i) {
      const auto v = video(timeline, start + i * kFrame);
      const auto a = audio(timeline, start + i * kFrame);
      EXPECT_NEAR(static_cast<double>(v.dtsUs - a.dtsUs), 0, 1);
      if (last >= 0) {
        EXPECT_NEAR(static_cast<double>(v.dtsUs - last), kFrameUs, 2);
      }
      last = v.dtsUs;
    }
  }
  EXPECT_EQ(timeline.corrections().discontinuities, 49);
}

TEST(Timeline, SeesNoDiscontinuityInAStreamThatWasSilent) {
  Timeline timeline = tsTimeline();
  audio(timeline, 0);
  for (int i = 0; i < 30 * 60; ++i) video(timeline, i * kFrame);
  const auto stamp = audio(timeline, 60 * kSecond);
  EXPECT_FALSE(stamp.discontinuity);
  EXPECT_EQ(stamp.ptsUs, 60 * kSecondUs);
}

TEST(Timeline, LetsAStreamBeginLate) {
  Timeline timeline = tsTimeline();
  for (int i = 0; i < 30 * 60; ++i) video(timeline, i * kFrame);
  const auto stamp = audio(timeline, 60 * kSecond);
  EXPECT_FALSE(stamp.discontinuity);
  EXPECT_EQ(stamp.ptsUs, 60 * kSecondUs);
}

TEST(Timeline, KeepsTheTimestampsOfAFragmentReadVideoFirst) {
  Timeline timeline;
  timeline.describe(kVideo, {.timeBase = {1, 15'360}});
  timeline.describe(kAudio, {.timeBase = {1, 48'000}, .inOrder = true});
  for (int fragment = 0; fragment < 3; ++fragment) {
    for (int i = 0; i < 12 * 30; ++i) {
      const std::int64_t time = (fragment * 360 + i) * 512;
      EXPECT_EQ(timeline.map(kVideo, time, time, 512).ptsUs, av_rescale(time, 1'000'000, 15'360));
    }
    for (int i = 0; i < 12 * 50; ++i) {
      const std::int64_t time = (fragment * 600 + i) * 960;
      EXPECT_EQ(timeline.map(kAudio, time, time, 960).ptsUs, av_rescale(time, 1'000'000, 48'000));
    }
  }
  EXPECT_EQ(timeline.corrections().discontinuities, 0);
}

TEST(Timeline, ExtrapolatesPacketsWithoutTimestamps) {
  Timeline timeline = tsTimeline();
  const auto known = video(timeline, 10 * kSecond);
  const auto missing = timeline.map(kVideo, kNone, kNone, 0);
  EXPECT_EQ(missing.dtsUs, known.dtsUs + kFrameUs);
  EXPECT_EQ(missing.ptsUs, known.ptsUs + kFrameUs);
  EXPECT_EQ(timeline.map(kVideo, kNone, kNone, 0).dtsUs, known.dtsUs + 2 * kFrameUs);
  EXPECT_EQ(ticks(video(timeline, 10 * kSecond + 3 * kFrame).dtsUs), 10 * kSecond + 3 * kFrame);
  EXPECT_EQ(timeline.corrections().extrapolated, 2);
  EXPECT_EQ(timeline.corrections().clamped, 0);
}

TEST(Timeline, StepsByWhatItSawWhenNothingIsSaidAboutDurations) {
  Timeline timeline;
  timeline.describe(kAudio, {.timeBase = kTsBase, .wrapBits = 33, .inOrder = true});
  timeline.map(kAudio, 0, 0, 0);
  timeline.map(kAudio, 1'920, 1'920, 0);
  EXPECT_EQ(ticks(timeline.map(kAudio, kNone, kNone, 0).ptsUs), 3'840);
}

TEST(Timeline, LastsThroughALongStretchWithoutTimestamps) {
  Timeline timeline = tsTimeline();
  video(timeline, 0);
  for (int i = 1; i < 30 * 30; ++i) timeline.map(kVideo, kNone, kNone, 0);
  const auto stamp = video(timeline, 30 * 30 * kFrame);
  EXPECT_FALSE(stamp.discontinuity);
  EXPECT_EQ(ticks(stamp.dtsUs), 30 * 30 * kFrame);
}

TEST(Timeline, CountsFromZeroBeforeTheFirstTimestampAndThenKeepsTheSources) {
  Timeline timeline = tsTimeline();
  EXPECT_EQ(timeline.map(kVideo, kNone, kNone, 0).ptsUs, 0);
  EXPECT_EQ(timeline.map(kVideo, kNone, kNone, 0).ptsUs, kFrameUs);
  EXPECT_EQ(ticks(video(timeline, 100 * kSecond).ptsUs), 100 * kSecond);
}

TEST(Timeline, DoesNotGoBackWhenPacketsBeforeTheFirstTimestampWentFurther) {
  Timeline timeline = tsTimeline();
  for (int i = 0; i < 400; ++i) timeline.map(kVideo, kNone, kNone, 0);
  EXPECT_EQ(video(timeline, 0).ptsUs, 400 * kFrameUs);
}

TEST(Timeline, KeepsTheOldOffsetOfAStreamThatHasNotCrossedYet) {
  Timeline timeline = tsTimeline();
  video(timeline, 500 * kSecond);
  audio(timeline, 500 * kSecond);
  video(timeline, 100 * kSecond);
  audio(timeline, 100 * kSecond);
  const auto before = audio(timeline, 100 * kSecond + 1'920);
  video(timeline, 300 * kSecond);
  const auto stamp = audio(timeline, 100 * kSecond + 2 * 1'920);
  EXPECT_FALSE(stamp.discontinuity);
  EXPECT_EQ(ticks(stamp.dtsUs - before.dtsUs), 1'920);
}

TEST(Timeline, UsesTheOneTimestampThatIsThere) {
  Timeline timeline = tsTimeline();
  EXPECT_EQ(ticks(timeline.map(kVideo, kNone, kSecond, 0).ptsUs), kSecond);
  EXPECT_EQ(ticks(timeline.map(kAudio, kSecond, kNone, 0).dtsUs), kSecond);
}

TEST(Timeline, LetsPtsGoBackwardWhenPicturesAreReordered) {
  Timeline timeline = tsTimeline();
  std::int64_t dts = 0;
  for (const std::int64_t pts : {1, 4, 2, 3, 7, 5, 6}) {
    const auto stamp = timeline.map(kVideo, pts * kFrame, dts * kFrame, kFrame);
    EXPECT_EQ(ticks(stamp.ptsUs), pts * kFrame);
    EXPECT_EQ(ticks(stamp.dtsUs), dts * kFrame);
    ++dts;
  }
  EXPECT_EQ(timeline.corrections().clamped, 0);
}

TEST(Timeline, KeepsThePtsOfReorderedPicturesThatComeWithoutDts) {
  Timeline timeline;
  timeline.describe(kVideo, {.timeBase = {1, 1'000}});
  std::int64_t last = -kSecondUs;
  for (const std::int64_t pts : {0, 100, 33, 67, 200, 133, 167}) {
    const auto stamp = timeline.map(kVideo, pts, kNone, 33);
    EXPECT_EQ(stamp.ptsUs, pts * 1'000);
    EXPECT_GT(stamp.dtsUs, last);
    last = stamp.dtsUs;
  }
  EXPECT_EQ(timeline.corrections().clamped, 0);
  EXPECT_EQ(timeline.corrections().discontinuities, 0);
}

TEST(Timeline, KeepsPicturesWhosePtsLiesBeforeTheirDts) {
  Timeline timeline = tsTimeline();
  video(timeline, kSecond);
  const auto stamp = timeline.map(kVideo, kSecond + kFrame, kSecond + 2 * kFrame, 0);
  EXPECT_EQ(ticks(stamp.ptsUs), kSecond + kFrame);
  EXPECT_EQ(ticks(stamp.dtsUs), kSecond + 2 * kFrame);
}

TEST(Timeline, ShowsWhatIsBehindAJumpWhenTheLastReorderedPictureEnds) {
  Timeline timeline = tsTimeline();
  std::int64_t dts = 0;
  for (const std::int64_t pts : {2, 5, 3, 4})
    timeline.map(kVideo, pts * kFrame, dts++ * kFrame, kFrame);
  const auto stamp = timeline.map(kVideo, 1'000 * kSecond, 1'000 * kSecond - 2 * kFrame, kFrame);
  EXPECT_TRUE(stamp.discontinuity);
  EXPECT_NEAR(static_cast<double>(stamp.ptsUs), 6 * kFrame / 0.09, 1);
  EXPECT_NEAR(static_cast<double>(stamp.dtsUs), 4 * kFrame / 0.09, 1);
}

TEST(Timeline, KeepsDtsStrictlyIncreasing) {
  Timeline timeline = tsTimeline();
  std::int64_t last = -1;
  for (const std::int64_t time : {10, 11, 11, 9, 12, 5, 13}) {
    const auto stamp = audio(timeline, time * 1'920);
    EXPECT_GT(stamp.dtsUs, last);
    EXPECT_EQ(stamp.ptsUs, stamp.dtsUs);
    last = stamp.dtsUs;
  }
  EXPECT_EQ(ticks(last), 13 * 1'920);
  EXPECT_EQ(timeline.corrections().clamped, 3);
}

TEST(Timeline, ReplacesAPtsThatMakesNoSense) {
  Timeline timeline = tsTimeline();
  const auto stamp = timeline.map(kVideo, 5'000 * kSecond, kSecond, kFrame);
  EXPECT_EQ(ticks(stamp.ptsUs), kSecond);
  EXPECT_EQ(timeline.corrections().clamped, 1);
}

TEST(Timeline, GoesOnWhereItWasAfterARestart) {
  Timeline timeline = tsTimeline();
  for (int i = 0; i < 30; ++i) {
    video(timeline, kSecond + i * kFrame);
    audio(timeline, kSecond + i * kFrame);
  }
  timeline.restart();
  timeline.describe(kVideo, {.timeBase = {1, 1'000}, .wrapBits = 32, .intervalUs = kFrameUs});
  timeline.describe(kAudio, {.timeBase = {1, 1'000}, .wrapBits = 32, .inOrder = true});
  const auto a = timeline.map(kAudio, 5, 5, 0);
  const auto v = timeline.map(kVideo, 0, 0, 0);
  EXPECT_TRUE(v.discontinuity);
  EXPECT_TRUE(a.discontinuity);
  EXPECT_NEAR(static_cast<double>(v.ptsUs), 2 * kSecondUs, 5'001);
  EXPECT_EQ(a.ptsUs - v.ptsUs, 5'000);
  EXPECT_EQ(timeline.corrections().discontinuities, 1);
}

TEST(Timeline, ReanchorsAfterARestartEvenWhenTheClockGoesOn) {
  Timeline timeline = tsTimeline();
  const auto before = video(timeline, kSecond);
  timeline.restart();
  const auto behind = video(timeline, 5 * kSecond);
  EXPECT_TRUE(behind.discontinuity);
  EXPECT_EQ(behind.dtsUs, before.dtsUs + kFrameUs);
}

TEST(Timeline, KeepsTheSourcesTimestampsWhenItRestartsBeforeTheFirst) {
  Timeline timeline = tsTimeline();
  timeline.restart();
  const auto stamp = video(timeline, kSecond);
  EXPECT_EQ(ticks(stamp.dtsUs), kSecond);
  EXPECT_FALSE(stamp.discontinuity);
}

TEST(Timeline, TakesAClockThatWouldWrapAfterMillenniaForOneThatNeverDoes) {
  Timeline timeline;
  timeline.describe(kVideo, {.timeBase = {1, 1}, .wrapBits = 50});
  video(timeline, -8'994);
  const auto stamp = video(timeline, -8'993);
  EXPECT_EQ(stamp.dtsUs, -8'993 * kSecondUs);
  EXPECT_FALSE(stamp.discontinuity);
}

TEST(Timeline, GoesOnWhereAnEarlierAttemptWasBehindAWrap) {
  constexpr std::int64_t kAfterADayUs = 27 * 3'600 * kSecondUs;
  Timeline ts(kAfterADayUs, 1'400'000);
  ts.describe(kVideo, {.timeBase = kTsBase, .wrapBits = 33, .intervalUs = kFrameUs});
  const std::int64_t time = ticks(kAfterADayUs) - 2 * kSecond;
  EXPECT_EQ(ticks(video(ts, time % kTsWrap).ptsUs), time);

  constexpr std::int64_t kAfter50DaysUs = 50 * 86'400 * kSecondUs;
  constexpr std::int64_t kFlvWrap = std::int64_t{1} << 32;
  Timeline flv(kAfter50DaysUs, 0);
  flv.describe(kVideo, {.timeBase = {1, 1'000}, .wrapBits = 32});
  const std::int64_t ms = kAfter50DaysUs / 1'000 + 500;
  EXPECT_EQ(flv.map(kVideo, ms % kFlvWrap, ms % kFlvWrap, 0).ptsUs, ms * 1'000);
}

TEST(Timeline, StartsWhereAnEarlierAttemptDidWhenTheSourceIsReadFromItsStart) {
  constexpr std::int64_t kAfterADayUs = 20 * 3'600 * kSecondUs;
  Timeline timeline(kAfterADayUs, 1'400'000);
  timeline.describe(kVideo, {.timeBase = kTsBase, .wrapBits = 33, .intervalUs = kFrameUs});
  EXPECT_EQ(video(timeline, 126'000).ptsUs, 1'400'000);
}

TEST(Timeline, IsMovedForwardWithAllItsStreams) {
  Timeline timeline = tsTimeline();
  video(timeline, kSecond);
  audio(timeline, kSecond);
  timeline.moveForward(3'600 * kSecondUs);
  EXPECT_EQ(video(timeline, kSecond + kFrame).ptsUs, 3'601 * kSecondUs + kFrameUs);
  EXPECT_EQ(audio(timeline, kSecond + 1'920).ptsUs, 3'601 * kSecondUs + 21'333);
  EXPECT_EQ(timeline.map(kVideo, kNone, kNone, kFrame).ptsUs, 3'601 * kSecondUs + 66'666);
  EXPECT_EQ(timeline.corrections().discontinuities, 1);
}

TEST(Timeline, SurvivesNumbersNoClockShows) {
  Timeline timeline;
  timeline.describe(0, {.timeBase = {0, -5}, .wrapBits = -3, .intervalUs = -1});
  timeline.describe(1, {.timeBase = {1, 2'147'483'647}, .wrapBits = 63});
  timeline.describe(2, {.timeBase = {2'147'483'647, 1}, .wrapBits = 33});
  std::array<std::int64_t, 3> last;
  last.fill(INT64_MIN);
  const std::array<std::int64_t, 9> numbers = {INT64_MAX,     0,     INT64_MIN + 1, 1,       -1,
                                               INT64_MAX / 2, kNone, kTsWrap,       -kTsWrap};
  for (const std::int64_t pts : numbers) {
    for (const std::int64_t dts : numbers) {
      for (int stream = 0; stream < 3; ++stream) {
        const auto stamp = timeline.map(stream, pts, dts, pts ^ dts);
        EXPECT_GT(stamp.dtsUs, last[static_cast<std::size_t>(stream)]);
        last[static_cast<std::size_t>(stream)] = stamp.dtsUs;
      }
    }
  }
}

}  // namespace millrace
