// Whole jobs that go on where an earlier attempt was.
#include <gtest/gtest.h>

#include <thread>

#include "job_run.h"
#include "media/job/job.h"
#include "media/video/frame_rate.h"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using test::delivering;
using test::Delivery;
using test::from;
using test::JobRun;
using test::pattern;
using test::smallRendition;

using Bytes = std::shared_ptr<const std::vector<std::uint8_t>>;

constexpr std::int64_t kSecondUs = 1'000'000;

JobOptions job(InputOptions input, RenditionOptions rendition) {
  JobOptions options;
  options.input = std::move(input);
  options.renditions.push_back(std::move(rendition));
  options.accel.kind = AccelKind::kNone;
  options.progressInterval = 50ms;
  return options;
}

/// Six seconds in MPEG-TS, with a keyframe every second, made by a job of its own. The first
/// picture's time is 0.
Bytes recordingOf(AudioMode audio) {
  const auto delivery = std::make_shared<Delivery>();
  JobOptions options = job(pattern(Pace::kReadAhead), smallRendition("a", delivering(delivery)));
  options.renditions.front().gop = 1s;
  options.clipTo = 6s;
  options.audio = audio;
  JobRun run(std::move(options));
  run.start();
  static_cast<void>(run.ended());
  return std::make_shared<const std::vector<std::uint8_t>>(delivery->bytes);
}

Bytes recording() {
  static const Bytes made = recordingOf(AudioMode::kCopy);
  return made;
}

/// A double of a server that has the first part of a source, and gets the rest at the pace of real
/// time.
class GrowingSource : public ByteSource {
 public:
  GrowingSource(Bytes bytes, std::size_t there, std::size_t bytesPerSecond, std::stop_token stop)
      : bytes_(std::move(bytes)),
        there_(there),
        bytesPerSecond_(bytesPerSecond),
        stop_(std::move(stop)) {}

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    if (at_ == bytes_->size()) return std::size_t{0};
    while (at_ >= available()) {
      if (stop_.stop_requested())
        return Error{.code = ErrorCode::kCancelled, .stage = Stage::kSource, .message = "Stopped."};
      std::this_thread::sleep_for(5ms);
    }
    const std::size_t count = std::min(into.size(), available() - at_);
    std::copy_n(bytes_->begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return count;
  }
  bool drained() const override { return at_ >= available(); }

 private:
  std::size_t available() const {
    const std::chrono::duration<double> open = std::chrono::steady_clock::now() - openedAt_;
    const double grown = open.count() * static_cast<double>(bytesPerSecond_);
    return std::min(bytes_->size(), there_ + static_cast<std::size_t>(grown));
  }

  Bytes bytes_;
  std::size_t there_;
  std::size_t bytesPerSecond_;
  std::stop_token stop_;
  std::size_t at_ = 0;
  std::chrono::steady_clock::time_point openedAt_ = std::chrono::steady_clock::now();
};

/// An output that tells whether anybody opened it.
OutputOptions noticing(const std::shared_ptr<std::atomic<bool>>& opened,
                       std::shared_ptr<Delivery> delivery = nullptr) {
  OutputOptions output = delivering(std::move(delivery));
  output.openStream = [opened, open = output.openStream](std::stop_token stop) {
    *opened = true;
    return open(std::move(stop));
  };
  return output;
}

EndedEvent outcomeOf(JobRun& run) {
  run.start();
  const auto end = run.ended();
  EXPECT_TRUE(end);
  return end.value_or(EndedEvent{});
}

TEST(Resume, DeliversWhatAnEarlierAttemptDidNotAndDecodesLittleElse) {
  JobOptions options = job(from(recording()), smallRendition("a", delivering(nullptr)));
  options.timestampBaseUs = 0;
  options.resumeAtUs = 4 * kSecondUs + 500'000;
  JobRun run(std::move(options));
  const EndedEvent end = outcomeOf(run);
  ASSERT_FALSE(end.error);
  const RenditionProgress& rendition = end.result.renditions.front();
  EXPECT_EQ(rendition.firstTimestampUs, 4 * kSecondUs + 500'000);
  EXPECT_EQ(rendition.framesOut, 45);
  EXPECT_EQ(rendition.framesIn, 45);
  EXPECT_EQ(rendition.latency.count, 45);
  EXPECT_EQ(end.result.sourceAccessUnits, 180);
  EXPECT_EQ(end.result.sourceFrames, 60);
  EXPECT_EQ(end.timestampBaseUs, 0);
  EXPECT_TRUE(run.told<StartedEvent>([](const auto& event) { return event.timestampBaseUs == 0; }));
}

/// Of rates below, above and as the source's.
class ResumeAtRate : public testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(OfFramesPerSecond, ResumeAtRate, testing::Values(0, 7, 20, 24, 48, 60));

TEST_P(ResumeAtRate, EndsWithAsManyFramesAsTheEarlierAttemptLacked) {
  std::int64_t whole = 0;
  std::int64_t lastUs = 0;
  for (const std::int64_t at : {std::int64_t{0}, 3 * kSecondUs, 3 * kSecondUs + 90'001}) {
    JobOptions options = job(from(recording()), smallRendition("a", delivering(nullptr)));
    options.renditions.front().fps = {GetParam(), 1};
    options.timestampBaseUs = 0;
    options.resumeAtUs = at;
    JobRun run(std::move(options));
    const EndedEvent end = outcomeOf(run);
    ASSERT_FALSE(end.error);
    const RenditionProgress& rendition = end.result.renditions.front();
    if (at == 0) {
      whole = rendition.framesOut;
      lastUs = rendition.lastTimestampUs.value_or(-1);
      continue;
    }
    FrameRate rate({GetParam(), 1}, 0);
    std::int64_t before = 0;
    for (int i = 0; i < 180; ++i)
      for (const FramePick& pick : rate.decide(i * kSecondUs / 30, i % 60 == 0))
        before += pick.timestampUs < at ? 1 : 0;
    EXPECT_EQ(rendition.framesOut, whole - before) << at;
    EXPECT_EQ(rendition.lastTimestampUs, lastUs) << at;
  }
}

TEST(Resume, FinishesWithoutOpeningAnOutputWhereNothingIsLeft) {
  const auto opened = std::make_shared<std::atomic<bool>>(false);
  JobOptions options = job(from(recording()), smallRendition("a", noticing(opened)));
  options.timestampBaseUs = 0;
  options.resumeAtUs = 6 * kSecondUs + 500'000;
  JobRun run(std::move(options));
  const EndedEvent end = outcomeOf(run);
  EXPECT_FALSE(end.error);
  EXPECT_EQ(end.result.renditions.front().state, "finished");
  EXPECT_EQ(end.result.renditions.front().framesOut, 0);
  EXPECT_EQ(end.result.sourceFrames, 0);
  EXPECT_FALSE(*opened);
  EXPECT_TRUE(run.told<RenditionFinishedEvent>([](const auto&) { return true; }));
  EXPECT_FALSE(run.told<WarningEvent>([](const auto&) { return true; }));
}

TEST(Resume, FinishesAnOutputOfALiveSourceThatEndsBeforeItEmpty) {
  const auto opened = std::make_shared<std::atomic<bool>>(false);
  const auto delivery = std::make_shared<Delivery>();
  InputOptions input = from(recording());
  input.pace = Pace::kLive;
  JobOptions options = job(std::move(input), smallRendition("a", noticing(opened, delivery)));
  options.timestampBaseUs = 0;
  options.resumeAtUs = 6 * kSecondUs + 500'000;
  JobRun run(std::move(options));
  const EndedEvent end = outcomeOf(run);
  EXPECT_FALSE(end.error);
  EXPECT_EQ(end.result.renditions.front().state, "finished");
  EXPECT_TRUE(*opened);
  EXPECT_TRUE(delivery->finished);
  EXPECT_TRUE(delivery->bytes.empty());
  EXPECT_FALSE(run.told<WarningEvent>([](const auto&) { return true; }));
}

TEST(Resume, FailsWhenTheSourceEndsFarBeforeThePoint) {
  const auto opened = std::make_shared<std::atomic<bool>>(false);
  JobOptions options = job(from(recording()), smallRendition("a", noticing(opened)));
  options.resumeAtUs = 3'600 * kSecondUs;
  JobRun run(std::move(options));
  const EndedEvent end = outcomeOf(run);
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->code, ErrorCode::kNoMedia);
  EXPECT_EQ(end.error->stage, Stage::kSource);
  EXPECT_FALSE(*opened);
}

TEST(Resume, StartsWithASourceThatStartsLater) {
  JobOptions options = job(from(recording()), smallRendition("a", delivering(nullptr)));
  options.timestampBaseUs = -9 * kSecondUs;
  options.resumeAtUs = -4 * kSecondUs;
  JobRun run(std::move(options));
  const EndedEvent end = outcomeOf(run);
  ASSERT_FALSE(end.error);
  EXPECT_EQ(end.result.renditions.front().framesOut, 180);
  EXPECT_EQ(end.result.renditions.front().firstTimestampUs, 0);
}

TEST(Resume, CanBeStoppedOnTheWay) {
  JobOptions options = job(pattern(), smallRendition("a", delivering(nullptr)));
  options.timestampBaseUs = 0;
  options.resumeAtUs = 9 * kSecondUs;
  JobRun run(std::move(options));
  run.start();
  EXPECT_TRUE(run.told<ProgressEvent>(
      [](const ProgressEvent& event) { return event.progress.sourceAccessUnits > 0; }));
  run.stop();
  const auto end = run.ended();
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->error);
  EXPECT_EQ(end->result.renditions.front().state, "finished");
}

TEST(Resume, IsWaitedForByALiveSource) {
  JobOptions options = job(pattern(), smallRendition("a", delivering(nullptr)));
  options.timestampBaseUs = 0;
  options.resumeAtUs = kSecondUs;
  options.clipTo = 2s;
  JobRun run(std::move(options));
  const EndedEvent end = outcomeOf(run);
  ASSERT_FALSE(end.error);
  const RenditionProgress& rendition = end.result.renditions.front();
  EXPECT_EQ(rendition.firstTimestampUs, kSecondUs);
  EXPECT_EQ(rendition.framesIn, 30);
}

TEST(Resume, GoesOnAtThePointWithALiveSourceWhoseClockWasSetBack) {
  JobOptions options = job(pattern(Pace::kLive), smallRendition("a", delivering(nullptr)));
  options.timestampBaseUs = 0;
  options.resumeAtUs = 3'600 * kSecondUs;
  JobRun run(std::move(options));
  run.start();
  EXPECT_TRUE(run.told<ProgressEvent>(
      [](const ProgressEvent& event) { return event.progress.renditions.front().framesOut > 10; }));
  run.stop();
  const auto end = run.ended();
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->error);
  EXPECT_EQ(end->result.discontinuities, 1);
  EXPECT_NEAR(static_cast<double>(*end->result.renditions.front().firstTimestampUs),
              3'600.0 * kSecondUs, 40'000);
  EXPECT_TRUE(run.told<WarningEvent>(
      [](const WarningEvent& event) { return event.code == "SOURCE_RESTARTED"; }));
}

TEST(Resume, LeavesASourceThatIsCaughtUpWithAndThenGrowsLive) {
  InputOptions input;
  // Sound that lags behind would come alone at the end.
  const Bytes bytes = recordingOf(AudioMode::kDrop);
  input.openStream = [&](std::stop_token stop) {
    return std::make_unique<GrowingSource>(bytes, bytes->size() / 2, bytes->size() / 6,
                                           std::move(stop));
  };
  JobOptions options = job(std::move(input), smallRendition("a", delivering(nullptr)));
  options.timestampBaseUs = 0;
  options.resumeAtUs = 2 * kSecondUs + 500'000;
  JobRun run(std::move(options));
  const EndedEvent end = outcomeOf(run);
  ASSERT_FALSE(end.error);
  ASSERT_TRUE(end.source);
  EXPECT_TRUE(end.source->live);
  const RenditionProgress& rendition = end.result.renditions.front();
  EXPECT_EQ(rendition.framesIn, 105);
  EXPECT_EQ(rendition.framesOut, 105);
  EXPECT_EQ(end.result.sourceFrames, 120);
}

TEST(Clip, EndsWhereTheEarlierAttemptWouldHave) {
  std::optional<std::int64_t> lastUs;
  for (const bool later : {false, true}) {
    JobOptions options = job(from(recording()), smallRendition("a", delivering(nullptr)));
    options.clipFrom = 500ms;
    options.clipTo = 3s;
    if (later) {
      // A server that has forgotten the first second.
      options.input.openStream = [](const std::stop_token&) {
        const Bytes all = recordingOf(AudioMode::kDrop);
        const auto cut = static_cast<std::ptrdiff_t>(all->size() / 8 / 188 * 188);
        return std::make_unique<test::MemorySource>(
            std::make_shared<const std::vector<std::uint8_t>>(all->begin() + cut, all->end()));
      };
      options.timestampBaseUs = 0;
      options.resumeAtUs = 2 * kSecondUs + 200'000;
    }
    JobRun run(std::move(options));
    const EndedEvent end = outcomeOf(run);
    ASSERT_FALSE(end.error) << end.error->message << end.error->cause;
    EXPECT_EQ(end.timestampBaseUs, 0);
    const RenditionProgress& rendition = end.result.renditions.front();
    EXPECT_EQ(rendition.framesOut, later ? 24 : 75);
    if (!later) lastUs = rendition.lastTimestampUs;
    EXPECT_EQ(rendition.lastTimestampUs, lastUs);
  }
}

}  // namespace
}  // namespace millrace
