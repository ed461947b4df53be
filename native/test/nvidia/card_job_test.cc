// Jobs on a card, on a double of NVIDIA's libraries: FFmpeg's NVDEC and NVENC code and the
// engine's kernels are the real ones, the card is not.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "control_folder.h"
#include "test/job_run.h"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using test::delivering;
using test::Delivery;
using test::from;
using test::JobRun;

constexpr int kFrames = 60;

RenditionOptions rendition(const std::string& name, int width, int height,
                           std::shared_ptr<Delivery> delivery = nullptr) {
  RenditionOptions options = test::smallRendition(name, delivering(std::move(delivery)));
  options.width = width;
  options.height = height;
  options.bitrateBps = 400'000;
  options.gop = 500ms;
  return options;
}

JobOptions job(InputOptions input, std::vector<RenditionOptions> renditions, Accel accel) {
  JobOptions options;
  options.input = std::move(input);
  options.renditions = std::move(renditions);
  options.accel = std::move(accel);
  options.progressInterval = 50ms;
  return options;
}

/// Two seconds of H.264 with a keyframe every 200 ms, by a job on the CPU.
std::shared_ptr<const std::vector<std::uint8_t>> recording() {
  static const auto made = [] {
    const auto delivery = std::make_shared<Delivery>();
    InputOptions input;
    input.url = "testpattern:640x360@30";
    input.pace = Pace::kReadAhead;
    JobOptions options = job(input, {rendition("a", 640, 360, delivery)}, {AccelKind::kNone, {}});
    options.renditions.front().gop = 200ms;
    options.clipTo = 2s;
    JobRun run(std::move(options));
    run.start();
    static_cast<void>(run.ended());
    return std::make_shared<const std::vector<std::uint8_t>>(delivery->bytes);
  }();
  return made;
}

/// How a job went.
struct Outcome {
  std::optional<EndedEvent> end;
  std::optional<StartedEvent> started;
  std::vector<std::string> warnings;

  const RenditionPlan& plan(std::size_t index) const { return started->renditions.at(index); }
  std::int64_t framesOut(std::size_t index) const {
    return end->result.renditions.at(index).framesOut;
  }
};

Outcome outcomeOf(JobRun& run) {
  Outcome outcome;
  outcome.end = run.ended();
  run.told<StartedEvent>([&](const StartedEvent& event) {
    outcome.started = event;
    return false;
  });
  run.told<WarningEvent>([&](const WarningEvent& event) {
    outcome.warnings.push_back(event.code);
    return false;
  });
  return outcome;
}

Outcome run(const std::vector<RenditionOptions>& renditions,
            Accel accel = {AccelKind::kNvidia, {}}) {
  JobRun run(job(from(recording()), renditions, std::move(accel)));
  run.start();
  return outcomeOf(run);
}

std::string stages(const RenditionPlan& plan) {
  return plan.decode + " " + plan.scale + " " + plan.encode + " " + plan.encoder;
}

using Warnings = std::vector<std::string>;

class JobOnACard : public OnDouble {};

TEST_F(JobOnACard, DecodesScalesAndEncodesInItsMemory) {
  const Outcome outcome = run({rendition("half", 320, 180), rendition("small", 160, 90)});
  ASSERT_TRUE(outcome.end && outcome.started);
  EXPECT_FALSE(outcome.end->error) << outcome.end->error->message << outcome.end->error->cause;
  EXPECT_EQ(stages(outcome.plan(0)), "nvidia:0 nvidia:0 nvidia:0 h264_nvenc");
  EXPECT_EQ(stages(outcome.plan(1)), "nvidia:0 nvidia:0 nvidia:0 h264_nvenc");
  EXPECT_EQ(outcome.started->source.pixelFormat, "nv12");
  EXPECT_EQ(outcome.framesOut(0), kFrames);
  EXPECT_EQ(outcome.framesOut(1), kFrames);
  EXPECT_EQ(outcome.warnings, Warnings{});
}

TEST_F(JobOnACard, EncodesTheSourcesOwnSizeAsItWasDecoded) {
  const Outcome outcome = run({rendition("whole", 640, 360)});
  ASSERT_TRUE(outcome.end && outcome.started);
  EXPECT_FALSE(outcome.end->error);
  EXPECT_EQ(stages(outcome.plan(0)), "nvidia:0 nvidia:0 nvidia:0 h264_nvenc");
  EXPECT_EQ(outcome.framesOut(0), kFrames);
}

TEST_F(JobOnACard, EncodesOnTheCpuWhatACardWithoutAnEncoderHasScaled) {
  ControlFolder::say("encodes=\n");
  const Outcome outcome = run({rendition("half", 320, 180), rendition("whole", 640, 360)});
  ASSERT_TRUE(outcome.end && outcome.started);
  EXPECT_FALSE(outcome.end->error);
  EXPECT_EQ(stages(outcome.plan(0)), "nvidia:0 nvidia:0 cpu libx264");
  EXPECT_EQ(stages(outcome.plan(1)), "nvidia:0 nvidia:0 cpu libx264");
  EXPECT_EQ(outcome.framesOut(0), kFrames);
  EXPECT_EQ(outcome.framesOut(1), kFrames);
  EXPECT_EQ(outcome.warnings, Warnings{});
}

TEST_F(JobOnACard, TakesToTheCardWhatOnlyTheCpuDecodes) {
  ControlFolder::say("decodes=\n");
  const Outcome outcome = run({rendition("half", 320, 180)});
  ASSERT_TRUE(outcome.end && outcome.started);
  EXPECT_FALSE(outcome.end->error);
  EXPECT_EQ(stages(outcome.plan(0)), "cpu nvidia:0 nvidia:0 h264_nvenc");
  EXPECT_EQ(outcome.started->source.pixelFormat, "yuv420p");
  EXPECT_EQ(outcome.framesOut(0), kFrames);
}

TEST_F(JobOnACard, RunsOnTheFirstOfItsListThatOpens) {
  ControlFolder::say("cards=2\n");
  const Outcome outcome = run({rendition("half", 320, 180)}, {AccelKind::kNvidia, {3, 1, 0}});
  ASSERT_TRUE(outcome.end && outcome.started);
  EXPECT_EQ(stages(outcome.plan(0)), "nvidia:1 nvidia:1 nvidia:1 h264_nvenc");
}

TEST_F(JobOnACard, IsUnavailableWhereThereIsNoneAndOneWasAskedFor) {
  ControlFolder::say("cards=0\n");
  const Outcome outcome = run({rendition("half", 320, 180)});
  ASSERT_TRUE(outcome.end && outcome.end->error);
  EXPECT_EQ(outcome.end->error->code, ErrorCode::kDeviceUnavailable);
  EXPECT_EQ(outcome.end->error->stage, Stage::kDevice);
}

TEST_F(JobOnACard, RunsOnTheCpuWhereThereIsNoneAndNoneWasInsistedOn) {
  ControlFolder::say("cards=0\n");
  const Outcome outcome = run({rendition("half", 320, 180)}, {AccelKind::kAuto, {}});
  ASSERT_TRUE(outcome.end && outcome.started);
  EXPECT_FALSE(outcome.end->error);
  EXPECT_EQ(stages(outcome.plan(0)), "cpu cpu cpu libx264");
}

TEST_F(JobOnACard, EncodesElsewhereWhenTheDriverGivesNoMoreSessions) {
  for (const char* refusal : {"memory", "key"}) {
    ControlFolder::say("encoder-sessions=1\nsession-refusal=" + std::string(refusal) + "\n");
    const Outcome outcome = run({rendition("a", 320, 180), rendition("b", 320, 180)});
    ASSERT_TRUE(outcome.end && outcome.started);
    EXPECT_FALSE(outcome.end->error);
    EXPECT_EQ(outcome.framesOut(0) + outcome.framesOut(1), 2 * kFrames);
    EXPECT_NE(outcome.plan(0).encode, outcome.plan(1).encode);
    EXPECT_EQ(outcome.warnings, Warnings{"DEVICE_SESSIONS_EXHAUSTED"}) << refusal;
  }
}

TEST_F(JobOnACard, GoesOnOnTheNextCardWhenAnEncoderFailsInMidStream) {
  ControlFolder::say("cards=2\nfail-encode-after.0=20\n");
  const Outcome outcome = run({rendition("half", 320, 180)}, {AccelKind::kNvidia, {0, 1}});
  ASSERT_TRUE(outcome.end);
  EXPECT_FALSE(outcome.end->error);
  EXPECT_EQ(outcome.framesOut(0), kFrames);
  EXPECT_EQ(outcome.warnings, Warnings{"DEVICE_LEFT"});
}

TEST_F(JobOnACard, GoesOnOnTheCpuWhenItsOnlyEncoderFailsInMidStream) {
  ControlFolder::say("fail-encode-after=20\n");
  const Outcome outcome = run({rendition("half", 320, 180)});
  ASSERT_TRUE(outcome.end);
  EXPECT_FALSE(outcome.end->error);
  EXPECT_EQ(outcome.framesOut(0), kFrames);
  EXPECT_EQ(outcome.warnings, Warnings{"DEVICE_LEFT"});
}

TEST_F(JobOnACard, GoesOnOnTheCpuWhenItIsLostAndLeavesOtherJobsAlone) {
  ControlFolder::say("cards=4\nslow-ms=5\n");
  JobRun losing(job(from(recording()), {rendition("a", 320, 180)}, {AccelKind::kNvidia, {2}}));
  JobRun other(job(from(recording()), {rendition("b", 320, 180)}, {AccelKind::kNvidia, {3}}));
  losing.start();
  other.start();
  EXPECT_TRUE(losing.told<RenditionStartedEvent>([](const auto&) { return true; }));
  ControlFolder::say("cards=4\nslow-ms=5\nlost=2\n");
  const Outcome lost = outcomeOf(losing);
  const Outcome undisturbed = outcomeOf(other);
  ASSERT_TRUE(lost.end && undisturbed.end);
  EXPECT_FALSE(lost.end->error);
  EXPECT_GE(lost.framesOut(0), kFrames / 2);
  EXPECT_FALSE(lost.warnings.empty());
  for (const std::string& code : lost.warnings) EXPECT_EQ(code, "DEVICE_LEFT");
  EXPECT_FALSE(undisturbed.end->error);
  EXPECT_EQ(undisturbed.framesOut(0), kFrames);
  EXPECT_EQ(undisturbed.warnings, Warnings{});
}

TEST_F(JobOnACard, IsCancelledInMidStream) {
  ControlFolder::say("slow-ms=5\n");
  JobRun run(job(from(recording()), {rendition("a", 320, 180)}, {AccelKind::kNvidia, {}}));
  run.start();
  EXPECT_TRUE(run.told<RenditionStartedEvent>([](const auto&) { return true; }));
  run.cancel();
  const auto end = run.ended();
  ASSERT_TRUE(end && end->error);
  EXPECT_EQ(end->error->code, ErrorCode::kCancelled);
}

/// What NVML says is used of a card's memory.
std::uint64_t memoryInUse() {
  struct Memory {
    unsigned long long total, free, used;
  };
  void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  const auto init = reinterpret_cast<int (*)()>(dlsym(library, "nvmlInit_v2"));
  const auto handleOf =
      reinterpret_cast<int (*)(unsigned, void**)>(dlsym(library, "nvmlDeviceGetHandleByIndex_v2"));
  const auto memoryOf =
      reinterpret_cast<int (*)(void*, Memory*)>(dlsym(library, "nvmlDeviceGetMemoryInfo"));
  void* card = nullptr;
  Memory memory{};
  EXPECT_EQ(init(), 0);
  EXPECT_EQ(handleOf(0, &card), 0);
  EXPECT_EQ(memoryOf(card, &memory), 0);
  return memory.used;
}

TEST_F(JobOnACard, GivesAllItsMemoryBack) {
  const std::uint64_t before = memoryInUse();
  const Outcome outcome = run({rendition("half", 320, 180), rendition("whole", 640, 360)});
  ASSERT_TRUE(outcome.end);
  EXPECT_EQ(memoryInUse(), before);
}

}  // namespace
}  // namespace millrace
