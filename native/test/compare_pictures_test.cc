#include "media/compare/compare_pictures.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>

#include "job_run.h"
#include "real_streams.h"

namespace millrace {
namespace {

using Outcome = std::variant<PictureComparison, ComparisonFailure>;

// On a thread of its own, which it lowers for good.
Outcome compare(const ComparisonOptions& options, std::stop_token stop = {}) {
  std::optional<Outcome> outcome;
  std::jthread([&] { outcome = comparePictures(options, std::move(stop)); }).join();
  return std::move(*outcome);
}

// 30 pictures of 33,333 us from here on.
constexpr const char* kStream = "kryp-1.ts";
// The parts that one picture each is chosen from are so short that there is never a second in one.
constexpr int kEveryPicture = 100;

class ComparePictures : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(realStream(kStream))) GTEST_SKIP() << "no real streams here";
    whole_.input.url = realStream(kStream).string();
    whole_.fromUs = 0;
    whole_.untilUs = 3'600'000'000;
    const Outcome all = compare({.source = whole_, .rendition = whole_});
    const auto& report = std::get<PictureComparison>(all).source;
    firstUs_ = report.firstTimestampUs.value();
    frames_ = report.frames;
    stretch_ = {whole_.input, firstUs_, firstUs_ + 900'000};
  }

  ComparedMedium whole_;
  ComparedMedium stretch_;
  std::int64_t firstUs_ = 0;
  std::int64_t frames_ = 0;
};

TEST_F(ComparePictures, FindsAStreamLikeItselfPictureByPicture) {
  const Outcome outcome = compare({.source = stretch_, .rendition = stretch_, .mostFrames = 9});
  const auto& comparison = std::get<PictureComparison>(outcome);
  EXPECT_EQ(comparison.rendition.frames, 27);
  EXPECT_EQ(comparison.rendition.accessUnits, 27);
  EXPECT_EQ(comparison.rendition.pixels, 27 * 1'280 * 720);
  EXPECT_EQ(comparison.source.frames, 27);
  ASSERT_GE(comparison.frames.size(), 5U);
  for (const ComparedFrame& frame : comparison.frames) {
    EXPECT_NEAR(frame.ssim, 1, 1e-9);
    EXPECT_EQ(frame.timestampUs, frame.sourceTimestampUs);
    EXPECT_EQ(frame.shift, 0);
  }
}

TEST_F(ComparePictures, ForgivesClocksThatAreSomeMillisecondsApart) {
  for (const std::int64_t offUs : {-4'000, 4'000, 12'000}) {
    ComparedMedium off = stretch_;
    off.fromUs += offUs;
    off.untilUs += offUs;
    const Outcome outcome =
        compare({.source = stretch_, .rendition = off, .mostFrames = kEveryPicture});
    const auto& comparison = std::get<PictureComparison>(outcome);
    EXPECT_GE(comparison.frames.size(), 25U) << offUs;
    for (const ComparedFrame& frame : comparison.frames) {
      EXPECT_NEAR(frame.ssim, 1, 1e-9) << offUs;
      EXPECT_EQ(frame.timestampUs, frame.sourceTimestampUs) << offUs;
    }
    EXPECT_LE(comparison.unmatched, 1) << offUs;
  }
}

TEST_F(ComparePictures, LeavesOutAPictureWhosePartnerIsBehindTheEndOfTheSourcesStretch) {
  ComparedMedium off = stretch_;
  off.fromUs += 12'000;
  off.untilUs += 12'000;
  const Outcome outcome =
      compare({.source = stretch_, .rendition = off, .mostFrames = kEveryPicture});
  const auto& comparison = std::get<PictureComparison>(outcome);
  EXPECT_EQ(comparison.rendition.lastTimestampUs,
            comparison.source.lastTimestampUs.value() + 33'333);
  ASSERT_FALSE(comparison.frames.empty());
  EXPECT_EQ(comparison.frames.back().timestampUs, comparison.source.lastTimestampUs);
  EXPECT_EQ(comparison.unmatched, 1);
}

TEST_F(ComparePictures, TakesTheNeighbourThatIsMoreAlike) {
  ComparedMedium late = stretch_;
  late.fromUs += 33'333;
  late.untilUs += 33'333;
  const Outcome outcome = compare({.source = stretch_, .rendition = late});
  const auto& comparison = std::get<PictureComparison>(outcome);
  int shifted = 0;
  for (const ComparedFrame& frame : comparison.frames) shifted += frame.shift == 1 ? 1 : 0;
  EXPECT_GE(shifted * 2, static_cast<int>(comparison.frames.size()));
}

TEST_F(ComparePictures, ComparesOtherPicturesEveryTime) {
  const auto times = [this] {
    const Outcome outcome = compare({.source = stretch_, .rendition = stretch_, .mostFrames = 4});
    std::string text;
    for (const ComparedFrame& frame : std::get<PictureComparison>(outcome).frames)
      text += std::to_string(frame.timestampUs) + " ";
    return text;
  };
  const std::string first = times();
  bool differs = false;
  // Six times the same four of 27 pictures come by chance once in a hundred million runs.
  for (int i = 0; i < 5; ++i) differs = differs || times() != first;
  EXPECT_TRUE(differs);
}

TEST_F(ComparePictures, SaysWhichMediumCannotBeRead) {
  ComparedMedium missing = stretch_;
  missing.input.url += ".gone";
  const Outcome outcome = compare({.source = stretch_, .rendition = missing});
  const auto& failure = std::get<ComparisonFailure>(outcome);
  EXPECT_EQ(failure.error.code, ErrorCode::kNotFound);
  EXPECT_EQ(failure.medium, Medium::kRendition);
}

TEST_F(ComparePictures, FailsWhereTheStretchHasNoPicture) {
  const ComparedMedium behind{whole_.input, firstUs_ + 60'000'000, firstUs_ + 61'000'000};
  const Outcome outcome = compare({.source = behind, .rendition = stretch_});
  const auto& failure = std::get<ComparisonFailure>(outcome);
  EXPECT_EQ(failure.error.code, ErrorCode::kNoMedia);
  EXPECT_EQ(failure.medium, Medium::kSource);
}

/// A double of a source that never sends: waits until it is stopped.
class SilentSource : public ByteSource {
 public:
  SilentSource(std::stop_token stop, std::promise<void>& asked)
      : stop_(std::move(stop)), asked_(asked) {}
  Result<std::size_t> read(std::span<std::uint8_t> /*into*/) override {
    asked_.set_value();
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait(lock, stop_, [] { return false; });
    return Error{.code = ErrorCode::kCancelled, .stage = Stage::kSource, .message = "Cancelled."};
  }
  bool drained() const override { return true; }

 private:
  std::stop_token stop_;
  std::promise<void>& asked_;
};

ComparedMedium silent(std::promise<void>& asked) {
  ComparedMedium medium{.fromUs = 0, .untilUs = 1'000'000};
  medium.input.openStream = [&asked](std::stop_token stop) {
    return std::make_unique<SilentSource>(std::move(stop), asked);
  };
  return medium;
}

TEST(ComparePicturesEnds, WhenItIsCancelled) {
  std::promise<void> asked;
  std::stop_source stop;
  const ComparedMedium medium = silent(asked);
  std::jthread canceller([&] {
    asked.get_future().wait();
    stop.request_stop();
  });
  const Outcome outcome = compare({.source = medium, .rendition = medium}, stop.get_token());
  EXPECT_EQ(std::get<ComparisonFailure>(outcome).error.code, ErrorCode::kCancelled);
}

TEST(ComparePicturesEnds, WhenTheTimeIsUp) {
  std::promise<void> asked;
  const ComparedMedium medium = silent(asked);
  const Outcome outcome =
      compare({.source = medium, .rendition = medium, .timeLimit = std::chrono::milliseconds(50)});
  const auto& failure = std::get<ComparisonFailure>(outcome);
  EXPECT_EQ(failure.error.code, ErrorCode::kTimedOut);
  EXPECT_EQ(failure.medium, Medium::kSource);
}

}  // namespace
}  // namespace millrace
