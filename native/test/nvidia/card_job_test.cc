// Jobs on a card, on a double of NVIDIA's libraries: FFmpeg's NVDEC and NVENC code and the
// engine's kernels are the real ones, the card is not.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "control_folder.h"
#include "media/libav.h"
#include "test/job_run.h"
#include "test/nvidia_double/nvml/nvml_api.h"
#include "test/real_streams.h"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using test::delivering;
using test::Delivery;
using test::from;
using test::JobRun;

constexpr int kFrames = 60;
constexpr int kFramesPerGop = 6;  // Of the source.

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

/// The timestamps of a delivery's keyframes.
std::vector<std::int64_t> keyframesOf(const Delivery& delivery) {
  const auto file =
      std::filesystem::temp_directory_path() / ("keyframes-" + std::to_string(getpid()) + ".ts");
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(delivery.bytes.data()),
             static_cast<std::streamsize>(delivery.bytes.size()));
  AVFormatContext* opened = nullptr;
  if (avformat_open_input(&opened, file.c_str(), nullptr, nullptr) < 0) return {};
  const InputFormatPtr input(opened);
  std::vector<std::int64_t> timestamps;
  for (PacketPtr packet = makePacket(); av_read_frame(input.get(), packet.get()) >= 0;
       av_packet_unref(packet.get())) {
    const AVStream& stream = *input->streams[packet->stream_index];
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (packet->flags & AV_PKT_FLAG_KEY) != 0)
      timestamps.push_back(packet->pts);
  }
  std::filesystem::remove(file);
  return timestamps;
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
  for (const Container container :
       {Container::kMpegTs, Container::kFlv, Container::kFragmentedMp4}) {
    ControlFolder::say("fail-encode-after=20\n");
    RenditionOptions half = rendition("half", 320, 180);
    half.output.container = container;
    const Outcome outcome = run({half});
    ASSERT_TRUE(outcome.end);
    EXPECT_FALSE(outcome.end->error);
    EXPECT_EQ(outcome.framesOut(0), kFrames) << static_cast<int>(container);
    EXPECT_EQ(outcome.warnings, Warnings{"DEVICE_LEFT"});
  }
}

TEST_F(JobOnACard, DecodesOnTheCpuFromTheNextKeyframeWhenItsDecoderFailsInMidStream) {
  ControlFolder::say("fail-decode-after=20\n");
  const Outcome outcome = run({rendition("half", 320, 180)});
  ASSERT_TRUE(outcome.end);
  EXPECT_FALSE(outcome.end->error);
  EXPECT_GE(outcome.framesOut(0), kFrames - 2 * kFramesPerGop);
  EXPECT_EQ(outcome.warnings, Warnings{"DEVICE_LEFT"});
}

TEST_F(JobOnACard, ScalesOnTheCpuWhenItsKernelsFailInMidStream) {
  ControlFolder::say("fail-launch-after=60\n");
  const Outcome outcome = run({rendition("half", 320, 180)});
  ASSERT_TRUE(outcome.end);
  EXPECT_FALSE(outcome.end->error);
  EXPECT_GE(outcome.framesOut(0), kFrames - 2 * kFramesPerGop);
  ASSERT_FALSE(outcome.warnings.empty());
  for (const std::string& code : outcome.warnings) EXPECT_EQ(code, "DEVICE_LEFT");
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

TEST_F(JobOnACard, DeliversEverythingHoweverLittleMemoryThereIs) {
  for (const char* bytes : {"1", "500000", "1000000", "2000000"}) {
    ControlFolder::say("memory-bytes=" + std::string(bytes) + "\n");
    const Outcome outcome = run({rendition("half", 320, 180), rendition("whole", 640, 360)});
    ASSERT_TRUE(outcome.end) << bytes;
    EXPECT_FALSE(outcome.end->error) << bytes << outcome.end->error->message;
    EXPECT_GE(outcome.framesOut(0), kFrames - kFramesPerGop) << bytes;
    EXPECT_GE(outcome.framesOut(1), kFrames - kFramesPerGop) << bytes;
  }
}

TEST_F(JobOnACard, DeliversEveryFrameInTheTuneForQuality) {
  JobOptions options =
      job(from(recording()), {rendition("half", 320, 180)}, {AccelKind::kNvidia, {}});
  options.tune = Tune::kQuality;
  JobRun run(std::move(options));
  run.start();
  const Outcome outcome = outcomeOf(run);
  ASSERT_TRUE(outcome.end && outcome.started);
  EXPECT_FALSE(outcome.end->error);
  EXPECT_EQ(stages(outcome.plan(0)), "nvidia:0 nvidia:0 nvidia:0 h264_nvenc");
  EXPECT_EQ(outcome.framesOut(0), kFrames);
}

TEST_F(JobOnACard, EncodesOnTheCpuACodecThatTheCardDoesNot) {
  RenditionOptions eight = rendition("eight", 320, 180);
  eight.codec = VideoCodec::kHevc;
  RenditionOptions ten = eight;
  ten.name = "ten";
  ten.bitDepth = 10;
  const Outcome outcome = run({eight, ten});
  ASSERT_TRUE(outcome.end && outcome.started);
  EXPECT_FALSE(outcome.end->error);
  EXPECT_EQ(stages(outcome.plan(0)), "nvidia:0 nvidia:0 cpu libx265");
  EXPECT_EQ(stages(outcome.plan(1)), "nvidia:0 nvidia:0 cpu libx265");
  EXPECT_EQ(outcome.framesOut(0), kFrames);
  EXPECT_EQ(outcome.framesOut(1), kFrames);
  EXPECT_EQ(outcome.warnings, Warnings{});
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

TEST_F(JobOnACard, PutsItsKeyframesWhereTheCpuDoes) {
  const auto onCard = std::make_shared<Delivery>();
  const auto onCpu = std::make_shared<Delivery>();
  ASSERT_TRUE(run({rendition("a", 320, 180, onCard)}).end);
  ASSERT_TRUE(run({rendition("a", 320, 180, onCpu)}, {AccelKind::kNone, {}}).end);
  const std::vector<std::int64_t> expected = keyframesOf(*onCpu);
  EXPECT_EQ(expected.size(), 4U);
  EXPECT_EQ(keyframesOf(*onCard), expected);
}

TEST_F(JobOnACard, GoesOnWhenTheSourceChangesItsSize) {
  auto both = std::make_shared<std::vector<std::uint8_t>>(*recording());
  const auto second = std::make_shared<Delivery>();
  {
    JobRun smaller(
        job(from(recording()), {rendition("a", 480, 270, second)}, {AccelKind::kNone, {}}));
    smaller.start();
    ASSERT_TRUE(smaller.ended());
  }
  both->insert(both->end(), second->bytes.begin(), second->bytes.end());
  std::vector<std::int64_t> frames;
  for (const Accel& accel : {Accel{AccelKind::kNone, {}}, Accel{AccelKind::kNvidia, {}}}) {
    JobRun run(job(from(both), {rendition("a", 320, 180)}, accel));
    run.start();
    const Outcome outcome = outcomeOf(run);
    ASSERT_TRUE(outcome.end);
    EXPECT_FALSE(outcome.end->error);
    EXPECT_EQ(outcome.warnings, Warnings{});
    frames.push_back(outcome.framesOut(0));
  }
  EXPECT_GT(frames[0], kFrames);
  EXPECT_EQ(frames[1], frames[0]);
}

/// Streams that other transcoders stumble over.
class RealStreamOnACard : public OnDouble, public testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(, RealStreamOnACard,
                         testing::Values("test_short.ts", "kryp-1.ts", "portrait.ts", "yuv422.ts",
                                         "sample_0_409_17041.ts"),
                         [](const auto& file) {
                           std::string name(file.param);
                           return name.substr(0, name.find_first_of(".-"));
                         });

TEST_P(RealStreamOnACard, IsDeliveredWithAsManyFramesAsOnTheCpu) {
  const auto path = realStream(GetParam());
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  InputOptions input;
  input.url = path.string();
  std::vector<std::int64_t> frames;
  for (const Accel& accel : {Accel{AccelKind::kNone, {}}, Accel{AccelKind::kNvidia, {}}}) {
    JobOptions options = job(input, {rendition("a", 320, 180), rendition("b", 214, 120)}, accel);
    options.clipTo = 2s;
    JobRun run(std::move(options));
    run.start();
    const Outcome outcome = outcomeOf(run);
    ASSERT_TRUE(outcome.end);
    EXPECT_FALSE(outcome.end->error);
    EXPECT_EQ(outcome.warnings, Warnings{});
    frames.push_back(outcome.framesOut(0) + outcome.framesOut(1));
  }
  EXPECT_GT(frames[0], 0);
  EXPECT_EQ(frames[1], frames[0]);
}

/// What NVML says is used of a card's memory.
std::uint64_t memoryInUse() {
  void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  const auto init = reinterpret_cast<decltype(&nvmlInit_v2)>(dlsym(library, "nvmlInit_v2"));
  const auto handleOf = reinterpret_cast<decltype(&nvmlDeviceGetHandleByIndex_v2)>(
      dlsym(library, "nvmlDeviceGetHandleByIndex_v2"));
  const auto memoryOf = reinterpret_cast<decltype(&nvmlDeviceGetMemoryInfo)>(
      dlsym(library, "nvmlDeviceGetMemoryInfo"));
  nvmlDevice_t card = nullptr;
  nvmlMemory_t memory{};
  EXPECT_EQ(init(), 0);
  EXPECT_EQ(handleOf(0, &card), 0);
  EXPECT_EQ(memoryOf(card, &memory), 0);
  return memory.used;
}

TEST_F(JobOnACard, GivesAllItsMemoryBack) {
  ControlFolder::say("slow-ms=2\n");
  const std::uint64_t before = memoryInUse();
  {
    JobRun run(job(from(recording()), {rendition("half", 320, 180), rendition("whole", 640, 360)},
                   {AccelKind::kNvidia, {}}));
    run.start();
    EXPECT_TRUE(run.told<RenditionStartedEvent>([](const auto&) { return true; }));
    EXPECT_GT(memoryInUse(), before);
    ASSERT_TRUE(run.ended());
  }
  EXPECT_EQ(memoryInUse(), before);
}

}  // namespace
}  // namespace millrace
