#include "media/input/pace_detector.h"

#include <gtest/gtest.h>

#include <string>

#include "media/byte_source.h"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr microseconds kFrame{33'333};

InputOptions input(const std::string& url, Pace pace = Pace::kAuto) {
  InputOptions options;
  options.url = url;
  options.pace = pace;
  return options;
}

InputOptions stream(Pace pace = Pace::kAuto) {
  InputOptions options = input("", pace);
  options.openStream = [](const std::stop_token&) { return nullptr; };
  return options;
}

/// A source that is read on a clock of its own.
class Source {
 public:
  explicit Source(const InputOptions& options) : pace(options) {}

  /// `media` of it, each picture having been waited for, at so many seconds per second.
  void arrives(microseconds media, double speed = 1) {
    for (microseconds end = dts_ + media; dts_ < end; dts_ += kFrame) {
      const auto wait = std::chrono::duration_cast<microseconds>(kFrame / speed);
      now_ += wait;
      pace.waited(wait);
      pace.observe(dts_.count(), now_);
    }
  }
  /// `media` of it that was all there, and took no time to read.
  void isThere(microseconds media) {
    for (microseconds end = dts_ + media; dts_ < end; dts_ += kFrame) {
      now_ += 100us;
      pace.waited(100us);
      pace.observe(dts_.count(), now_);
    }
  }
  /// Nothing for so long, and then one picture.
  void pauses(microseconds time) {
    now_ += time;
    pace.waited(time);
    pace.observe(dts_.count(), now_);
    dts_ += kFrame;
  }
  /// `media` of it as fast as a stage takes it that needs `each` for a picture.
  void isTaken(microseconds media, microseconds each) {
    for (microseconds end = dts_ + media; dts_ < end; dts_ += kFrame) {
      now_ += each;
      pace.waited(100us);
      pace.observe(dts_.count(), now_);
    }
  }

  /// How long what comes next may wait, coming now.
  Clock::duration mayWait() const { return pace.mayWaitUntil(dts_.count()) - (now_ + kFrame); }

  PaceDetector pace;

 private:
  microseconds dts_{3'600'000'000};
  Clock::time_point now_ = Clock::time_point(1000s);
};

TEST(PaceDetector, TakesPushProtocolsAsLiveAndFilesAsReadAhead) {
  EXPECT_TRUE(PaceDetector(input("rtmp://host/live/a")).live());
  EXPECT_TRUE(PaceDetector(input("srt://host:9000")).live());
  EXPECT_FALSE(PaceDetector(input("a.ts")).live());
  EXPECT_FALSE(PaceDetector(input("file:///a.ts")).live());
}

TEST(PaceDetector, DoesAsItIsTold) {
  EXPECT_TRUE(PaceDetector(input("a.ts", Pace::kLive)).live());
  EXPECT_TRUE(PaceDetector(stream(Pace::kLive)).live());
  EXPECT_FALSE(PaceDetector(input("rtmp://host/live/a", Pace::kReadAhead)).live());
}

TEST(PaceDetector, NeverTakesAFileForLive) {
  Source source(input("a.ts"));
  source.arrives(20s);
  EXPECT_FALSE(source.pace.live());
}

/// What is measured: sources that come over HTTP, and streams of the host program.
class MeasuredPace : public testing::TestWithParam<InputOptions> {
 protected:
  Source source{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(OfHttp, MeasuredPace, testing::Values(input("http://host/a.ts")));
INSTANTIATE_TEST_SUITE_P(OfAStream, MeasuredPace, testing::Values(stream()));

TEST_P(MeasuredPace, IsLiveWhenItIsThatOfRealTime) {
  source.arrives(2s);
  EXPECT_TRUE(source.pace.live());
}

TEST_P(MeasuredPace, IsNotLiveWhileADownloadIsFaster) {
  source.arrives(60s, 3);
  EXPECT_FALSE(source.pace.live());
}

TEST_P(MeasuredPace, IsNotLiveWhenADownloadWaitsForASlowMachine) {
  source.isTaken(20s, 50ms);
  EXPECT_FALSE(source.pace.live());
}

TEST_P(MeasuredPace, IsNotLiveForAPauseOfADownload) {
  source.arrives(3s, 3);
  source.pauses(8s);
  source.arrives(60s, 3);
  EXPECT_FALSE(source.pace.live());
}

TEST_P(MeasuredPace, IsNotLiveForAPauseAtTheBeginningOfADownload) {
  source.isThere(500ms);
  source.pauses(3s);
  source.arrives(60s, 3);
  EXPECT_FALSE(source.pace.live());
}

TEST_P(MeasuredPace, IsLiveSoonAfterTheBurstThatItStartsWith) {
  source.isThere(10s);
  source.arrives(2500ms);
  EXPECT_TRUE(source.pace.live());
}

TEST_P(MeasuredPace, IsLiveAlsoInSegments) {
  source.isThere(18s);
  for (int i = 0; i < 5; ++i) {
    source.pauses(6s);
    source.isThere(6s - kFrame);
  }
  EXPECT_TRUE(source.pace.live());
}

TEST(PaceDetector, LetsWhatIsReadAheadWaitForEver) {
  Source source(input("a.ts"));
  source.arrives(1s);
  EXPECT_EQ(source.pace.mayWaitUntil(0), Clock::time_point::max());
  EXPECT_EQ(source.pace.mayWaitUntil(std::nullopt), Clock::time_point::max());
}

TEST(PaceDetector, LetsWhatComesEvenlyWaitForNobody) {
  Source source(input("rtmp://host/live/a"));
  source.arrives(2s);
  EXPECT_LE(source.mayWait(), 1ms);
  EXPECT_EQ(source.pace.mayWaitUntil(std::nullopt), Clock::time_point());
}

TEST(PaceDetector, LetsTheBurstAtTheBeginningBeTakenInAtItsOwnPace) {
  Source source(input("rtmp://host/live/a"));
  source.isThere(5s);
  EXPECT_GE(source.mayWait(), 4500ms);
}

TEST(PaceDetector, ForgetsTheBurstAtTheBeginning) {
  Source source(input("rtmp://host/live/a"));
  source.isThere(5s);
  source.arrives(21s);
  EXPECT_LE(source.mayWait(), 1ms);
}

TEST(PaceDetector, ForgetsAPauseThatWasMadeUpFor) {
  Source source(input("rtmp://host/live/a"));
  source.arrives(5s);
  source.pauses(8s);
  source.isThere(8s);
  EXPECT_GE(source.mayWait(), 7500ms);
  source.arrives(21s);
  EXPECT_LE(source.mayWait(), 1ms);
}

TEST(PaceDetector, TakesAPauseThatIsNeverMadeUpForAsTheNewPace) {
  Source source(input("rtmp://host/live/a"));
  source.arrives(5s);
  source.pauses(8s);
  source.arrives(1s);
  EXPECT_LE(source.mayWait(), 1ms);
}

TEST(PaceDetector, LetsEverySegmentBeTakenInUntilTheNext) {
  Source source(input("http://host/a.m3u8", Pace::kLive));
  for (int i = 0; i < 20; ++i) {
    source.pauses(10s);
    source.isThere(10s - kFrame);
    EXPECT_GE(source.mayWait(), 9s) << "segment " << i;
  }
}

TEST(PaceDetector, LetsNothingWaitForTimestampsOfBeforeARestart) {
  Source source(input("rtmp://host/live/a"));
  source.isThere(3s);
  source.arrives(1s);
  EXPECT_GT(source.mayWait(), 1s);
  source.pace.restart();
  EXPECT_LE(source.mayWait(), 0s);
  source.arrives(1s);
  EXPECT_LE(source.mayWait(), kFrame);
}

}  // namespace
}  // namespace millrace
