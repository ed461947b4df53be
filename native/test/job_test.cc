#include "media/job/job.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <future>
#include <map>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <tuple>

#include "job_run.h"
#include "loopback_server.h"
#include "media/output/muxer.h"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using test::delivering;
using test::Delivery;
using test::from;
using test::JobRun;
using test::LoopbackServer;
using test::pattern;
using test::smallRendition;
using test::stuck;

JobOptions job(InputOptions input, std::vector<RenditionOptions> renditions) {
  JobOptions options;
  options.input = std::move(input);
  options.renditions = std::move(renditions);
  options.accel.kind = AccelKind::kNone;
  options.progressInterval = 100ms;
  return options;
}

const RenditionProgress& progressOf(const EndedEvent& end, const std::string& name) {
  for (const RenditionProgress& one : end.result.renditions)
    if (one.name == name) return one;
  throw std::out_of_range(name);
}

std::optional<ErrorCode> failureOf(const EndedEvent& end, const std::string& name) {
  for (const RenditionFailedEvent& one : end.failures)
    if (one.name == name) return one.error.code;
  return std::nullopt;
}

/// Twenty pictures and their sound in MPEG-TS, made by a job of its own.
std::shared_ptr<const std::vector<std::uint8_t>> recording() {
  static const auto made = [] {
    const auto delivery = std::make_shared<Delivery>();
    JobOptions options =
        job(pattern(Pace::kReadAhead), {smallRendition("a", delivering(delivery))});
    options.renditions.front().gop = 200ms;
    options.clipTo = 660ms;
    JobRun run(std::move(options));
    run.start();
    static_cast<void>(run.ended());
    return std::make_shared<const std::vector<std::uint8_t>>(delivery->bytes);
  }();
  return made;
}

TEST(Job, DeliversATestPatternToEveryOutput) {
  const auto first = std::make_shared<Delivery>();
  const auto second = std::make_shared<Delivery>();
  RenditionOptions slow = smallRendition("slow", delivering(second));
  slow.fps = {15, 1};
  JobOptions options =
      job(pattern(Pace::kReadAhead), {smallRendition("full", delivering(first)), slow});
  options.clipTo = 1s;
  JobRun run(std::move(options));
  run.start();
  const auto end = run.ended();
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->error);
  EXPECT_EQ(progressOf(*end, "full").framesOut, 30);
  EXPECT_EQ(progressOf(*end, "slow").framesOut, 15);
  EXPECT_TRUE(first->finished && second->finished);
  EXPECT_EQ(progressOf(*end, "full").bytes, static_cast<std::int64_t>(first->bytes.size()));
}

/// Of every container, and in both tunes.
class JobOfARecording : public testing::TestWithParam<std::tuple<Tune, AudioMode>> {};

INSTANTIATE_TEST_SUITE_P(InEveryTune, JobOfARecording,
                         testing::Combine(testing::Values(Tune::kLatency, Tune::kQuality),
                                          testing::Values(AudioMode::kCopy, AudioMode::kAac)));

TEST_P(JobOfARecording, DeliversEveryFrameInEveryContainer) {
  JobOptions options = job(from(recording()), {});
  std::tie(options.tune, options.audio) = GetParam();
  for (const Container container :
       {Container::kMpegTs, Container::kFlv, Container::kFragmentedMp4}) {
    OutputOptions output = delivering(nullptr);
    output.container = container;
    options.renditions.push_back(smallRendition(std::string(Muxer::formatName(container)), output));
  }
  JobRun run(std::move(options));
  run.start();
  const auto end = run.ended();
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->error);
  for (const RenditionProgress& one : end->result.renditions) {
    EXPECT_EQ(one.state, "finished") << one.name;
    EXPECT_EQ(one.framesOut, 20) << one.name;
  }
}

struct Coding {
  VideoCodec codec;
  int bitDepth;
  Container container;
  const char* reads;  ///< The codec and pixel format that a reader finds.
};

/// Of every codec, depth and container that can be had together.
class JobOfACodec : public testing::TestWithParam<std::tuple<Coding, Tune>> {};

INSTANTIATE_TEST_SUITE_P(
    OnTheCpu, JobOfACodec,
    testing::Combine(
        testing::Values(Coding{VideoCodec::kHevc, 8, Container::kMpegTs, "hevc yuv420p"},
                        Coding{VideoCodec::kHevc, 8, Container::kFlv, "hevc yuv420p"},
                        Coding{VideoCodec::kHevc, 10, Container::kFragmentedMp4,
                               "hevc yuv420p10le"},
                        Coding{VideoCodec::kHevc, 10, Container::kMpegTs, "hevc yuv420p10le"},
                        Coding{VideoCodec::kAv1, 8, Container::kMpegTs, "av1 yuv420p"},
                        Coding{VideoCodec::kAv1, 8, Container::kFlv, "av1 yuv420p"},
                        Coding{VideoCodec::kAv1, 8, Container::kFragmentedMp4, "av1 yuv420p"},
                        Coding{VideoCodec::kAv1, 10, Container::kFragmentedMp4, "av1 yuv420p10le"}),
        testing::Values(Tune::kLatency, Tune::kQuality)));

TEST_P(JobOfACodec, MakesARenditionThatCanBeReadFromEachOfItsKeyframes) {
  const auto& [coding, tune] = GetParam();
  const auto delivery = std::make_shared<Delivery>();
  OutputOptions output = delivering(delivery);
  output.container = coding.container;
  RenditionOptions rendition = smallRendition("a", output);
  rendition.codec = coding.codec;
  rendition.bitDepth = coding.bitDepth;
  rendition.width = 320;
  rendition.height = 180;
  rendition.gop = 200ms;
  JobOptions options = job(from(recording()), {rendition});
  options.tune = tune;
  JobRun making(std::move(options));
  making.start();
  const auto made = making.ended();
  ASSERT_TRUE(made);
  ASSERT_FALSE(made->error) << made->error->message << " " << made->error->cause;
  EXPECT_EQ(progressOf(*made, "a").framesOut, 20);

  // Read again from its second keyframe on: 14 of the 20 pictures.
  JobOptions again = job(from(std::make_shared<const std::vector<std::uint8_t>>(delivery->bytes)),
                         {smallRendition("b", delivering(nullptr))});
  again.timestampBaseUs = made->timestampBaseUs;
  again.resumeAtUs = made->timestampBaseUs + 200'000;
  JobRun reading(std::move(again));
  reading.start();
  const auto read = reading.ended();
  ASSERT_TRUE(read && read->source);
  EXPECT_FALSE(read->error);
  EXPECT_EQ(read->source->videoCodec + " " + read->source->pixelFormat, coding.reads);
  EXPECT_EQ(read->result.decodeErrors, 0);
  EXPECT_EQ(progressOf(*read, "b").framesOut, 14);
}

TEST(Job, EncodesSoundAsOpusWhereTheContainerCarriesItAndElseAsAac) {
  JobOptions options = job(from(recording()), {});
  options.audio = AudioMode::kOpus;
  for (const Container container :
       {Container::kMpegTs, Container::kFlv, Container::kFragmentedMp4}) {
    OutputOptions output = delivering(nullptr);
    output.container = container;
    options.renditions.push_back(smallRendition(std::string(Muxer::formatName(container)), output));
  }
  std::map<std::string, std::string> sound;
  JobRun run(std::move(options));
  run.start();
  EXPECT_TRUE(run.told<StartedEvent>([&](const StartedEvent& event) {
    for (const RenditionPlan& plan : event.renditions) sound[plan.name] = plan.audio;
    return true;
  }));
  const auto end = run.ended();
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->error);
  EXPECT_EQ(sound, (std::map<std::string, std::string>{
                       {"mpegts", "opus"}, {"flv", "aac"}, {"mp4", "opus"}}));
}

TEST(Job, KeepsARenditionThatCannotBeEncodedFromTheOthers) {
  const auto good = std::make_shared<Delivery>();
  const auto bad = std::make_shared<Delivery>();
  RenditionOptions deep = smallRendition("deep", delivering(bad));
  deep.bitDepth = 10;  // The H.264 encoder is built for 8.
  JobRun run(job(from(recording()), {deep, smallRendition("good", delivering(good))}));
  run.start();
  const auto end = run.ended();
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->error);
  EXPECT_EQ(failureOf(*end, "deep"), ErrorCode::kEncodeFailed);
  EXPECT_FALSE(bad->finished);
  EXPECT_TRUE(good->finished);
  EXPECT_EQ(progressOf(*end, "good").framesOut, 20);
}

TEST(Job, KeepsAnOutputThatFailsInMidStreamFromTheOthers) {
  LoopbackServer server([](auto& connection) {
    connection.readHead();
    connection.readSome();
    connection.reset();
  });
  OutputOptions broken;
  broken.url = server.url("/a.ts");
  JobOptions options = job(from(recording()), {smallRendition("broken", broken),
                                               smallRendition("good", delivering(nullptr))});
  JobRun run(std::move(options));
  run.start();
  const auto end = run.ended();
  ASSERT_TRUE(end);
  EXPECT_EQ(failureOf(*end, "broken"), ErrorCode::kConnectionReset);
  EXPECT_EQ(progressOf(*end, "good").framesOut, 20);
}

TEST(Job, FinishesTheOthersWhileOneOutputIsStuck) {
  InputOptions input = from(recording());
  input.pace = Pace::kLive;
  JobRun run(job(std::move(input),
                 {smallRendition("stuck", stuck()), smallRendition("good", delivering(nullptr))}));
  run.start();
  EXPECT_TRUE(
      run.told<RenditionFinishedEvent>([](const auto& event) { return event.name == "good"; }));
  run.cancel();
  const auto end = run.ended();
  ASSERT_TRUE(end && end->error);
  EXPECT_EQ(end->error->code, ErrorCode::kCancelled);
  EXPECT_EQ(progressOf(*end, "good").framesOut, 20);
  EXPECT_EQ(progressOf(*end, "stuck").framesOut, 0);
}

TEST(Job, IsMadeToWaitByAStuckOutputWhenItsSourceCanWait) {
  JobRun run(job(pattern(Pace::kReadAhead),
                 {smallRendition("stuck", stuck()), smallRendition("good", delivering(nullptr))}));
  run.start();
  std::int64_t before = -1;
  EXPECT_TRUE(run.told<ProgressEvent>([&](const ProgressEvent& event) {
    const std::int64_t frames = event.progress.sourceFrames;
    return frames > 0 && std::exchange(before, frames) == frames;
  }));
  run.cancel();
  ASSERT_TRUE(run.ended());
}

TEST(Job, StoppedBeforeItsSourceIsOpenSaysThatNothingWasRead) {
  LoopbackServer silent([](auto& connection) { connection.waitForHangUp(); });
  const auto delivery = std::make_shared<Delivery>();
  InputOptions input;
  input.url = silent.url("/live.ts");
  JobRun run(job(input, {smallRendition("a", delivering(delivery))}));
  run.start();
  run.stop();
  const auto end = run.ended();
  ASSERT_TRUE(end && end->error);
  EXPECT_EQ(end->error->code, ErrorCode::kNoMedia);
  EXPECT_EQ(end->error->stage, Stage::kSource);
  EXPECT_EQ(end->error->url, silent.url("/live.ts"));
  EXPECT_FALSE(delivery->finished);
}

/// Milliseconds from the start of a job: while it opens its source, connects, encodes.
class JobAtAMoment : public testing::TestWithParam<int> {
 protected:
  std::chrono::milliseconds moment() const { return std::chrono::milliseconds(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(AfterSoManyMilliseconds, JobAtAMoment,
                         testing::Values(0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233));

TEST_P(JobAtAMoment, IsStoppedAndFinishesWhatWasRead) {
  const auto delivery = std::make_shared<Delivery>();
  JobRun run(job(pattern(), {smallRendition("a", delivering(delivery))}));
  run.start();
  std::this_thread::sleep_for(moment());
  run.stop();
  const auto end = run.ended();
  ASSERT_TRUE(end);
  if (end->error)
    EXPECT_EQ(end->error->code, ErrorCode::kNoMedia);
  else
    EXPECT_TRUE(delivery->finished);
}

TEST_P(JobAtAMoment, IsCancelledAndFinishesNothing) {
  LoopbackServer server([](auto& connection) {
    connection.readHead();
    connection.waitForHangUp();
  });
  const auto delivery = std::make_shared<Delivery>();
  OutputOptions http;
  http.url = server.url("/a.ts");
  JobRun run(job(pattern(), {smallRendition("a", delivering(delivery)), smallRendition("b", http),
                             smallRendition("c", stuck())}));
  run.start();
  std::this_thread::sleep_for(moment());
  run.cancel();
  const auto end = run.ended();
  ASSERT_TRUE(end && end->error);
  EXPECT_EQ(end->error->code, ErrorCode::kCancelled);
  EXPECT_FALSE(delivery->finished);
}

TEST_P(JobAtAMoment, IsDestroyedInPassing) {
  JobRun run(
      job(pattern(), {smallRendition("a", delivering(nullptr)), smallRendition("b", stuck())}));
  run.start();
  std::this_thread::sleep_for(moment());
}

TEST(Job, IsCancelledWhileItConnectsToItsSource) {
  const test::UnansweringPort port;
  InputOptions input;
  input.url = "http://127.0.0.1:" + std::to_string(port.port()) + "/live.ts";
  JobRun run(job(input, {smallRendition("a", delivering(nullptr))}));
  run.start();
  std::this_thread::sleep_for(20ms);
  run.cancel();
  const auto end = run.ended();
  ASSERT_TRUE(end && end->error);
  EXPECT_EQ(end->error->code, ErrorCode::kCancelled);
}

TEST(Job, IsCancelledWhileItConnectsToAnOutput) {
  const test::UnansweringPort port;
  OutputOptions output;
  output.url = "http://127.0.0.1:" + std::to_string(port.port()) + "/a.ts";
  JobRun run(job(pattern(), {smallRendition("a", output)}));
  run.start();
  EXPECT_TRUE(run.told<ProgressEvent>(
      [](const ProgressEvent& event) { return event.progress.sourceFrames > 0; }));
  run.cancel();
  const auto end = run.ended();
  ASSERT_TRUE(end && end->error);
  EXPECT_EQ(end->error->code, ErrorCode::kCancelled);
}

TEST(Job, IsCancelledWhileAnOutputOwesItsAnswer) {
  std::promise<void> whole;
  LoopbackServer server([&](auto& connection) {
    connection.readHead();
    connection.readUntil("\r\n0\r\n\r\n");
    whole.set_value();
    connection.waitForHangUp();
  });
  OutputOptions output;
  output.url = server.url("/a.ts");
  JobRun run(job(from(recording()), {smallRendition("a", output)}));
  run.start();
  ASSERT_EQ(whole.get_future().wait_for(60s), std::future_status::ready);
  run.cancel();
  const auto end = run.ended();
  ASSERT_TRUE(end && end->error);
  EXPECT_EQ(end->error->code, ErrorCode::kCancelled);
}

// With room for more and more threads, until the job has enough of them: whichever thread cannot be
// started, the job ends, and says why. The limit is that of a user who has nothing else.
[[noreturn]] void runWithFewThreads() {
  constexpr uid_t kNobodyElse = 54'321;
  if (setgid(kNobodyElse) != 0 || setuid(kNobodyElse) != 0) std::_Exit(2);
  for (rlim_t most = 1; most < 64; ++most) {
    const rlimit limit{most, 64};
    setrlimit(RLIMIT_NPROC, &limit);
    JobOptions options = job(pattern(Pace::kReadAhead), {smallRendition("a", delivering(nullptr)),
                                                         smallRendition("b", delivering(nullptr))});
    options.clipTo = 200ms;
    JobRun run(std::move(options));
    try {
      run.start();
    } catch (const std::system_error&) {
      continue;
    }
    const auto end = run.ended();
    if (!end) std::_Exit(3);
    if (!end->error) std::_Exit(0);
    if (end->error->code == ErrorCode::kCancelled || end->failures.size() == 1) std::_Exit(4);
  }
  std::_Exit(5);
}

TEST(JobDeathTest, EndsWithATypedErrorWhicheverThreadCannotBeStarted) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become a user who has no other threads";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(runWithFewThreads(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace millrace
