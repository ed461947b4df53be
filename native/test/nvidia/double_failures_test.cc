// Each failure that the double of NVIDIA's libraries can be told to have, as FFmpeg sees it.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>

#include "card_media.h"
#include "control_folder.h"
#include "nvenc_encoder.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::IsNull;
using testing::NotNull;

constexpr NvencOptions kDefault;

FramePtr picture(int index) {
  return hostPicture(AV_PIX_FMT_NV12, kDefault.width, kDefault.height, index);
}

class FailureOfTheDouble : public OnDouble {};

TEST_F(FailureOfTheDouble, NoCardIsThere) {
  const ErrorLog log;
  ControlFolder::say("cards=0");
  EXPECT_THAT(openCard(0), IsNull());
  EXPECT_THAT(ErrorLog::text(), HasSubstr("CUDA_ERROR_NO_DEVICE"));
}

TEST_F(FailureOfTheDouble, ACardOfAHigherNumberIsNotThere) {
  const ErrorLog log;
  ControlFolder::say("cards=2");
  EXPECT_THAT(openCard(1), NotNull());
  EXPECT_THAT(openCard(2), IsNull());
  EXPECT_THAT(ErrorLog::text(), HasSubstr("CUDA_ERROR_INVALID_DEVICE"));
}

TEST_F(FailureOfTheDouble, AFullCardTakesNoMoreFramesUntilSomeAreGone) {
  const ErrorLog log;
  ControlFolder::say("memory-bytes=1000000");
  const BufferPtr card = openCard(0);
  const BufferPtr frames = framesOn(card.get(), AV_PIX_FMT_NV12, 640, 480);
  FramePtr first = upload(frames.get(), *hostPicture(AV_PIX_FMT_NV12, 640, 480, 0));
  FramePtr second = upload(frames.get(), *hostPicture(AV_PIX_FMT_NV12, 640, 480, 1));
  EXPECT_THAT(first, NotNull());
  EXPECT_THAT(second, IsNull());
  EXPECT_THAT(ErrorLog::text(), HasSubstr("CUDA_ERROR_OUT_OF_MEMORY: out of memory"));
  first.reset();
  EXPECT_THAT(upload(frames.get(), *hostPicture(AV_PIX_FMT_NV12, 640, 480, 2)), NotNull());
}

TEST_F(FailureOfTheDouble, AFullCardOpensNoEncoder) {
  const ErrorLog log;
  ControlFolder::say("memory-bytes=100000");
  int error = 0;
  EXPECT_THAT(openNvenc(kDefault, &error), IsNull());
  EXPECT_EQ(error, AVERROR(ENOMEM));
  EXPECT_THAT(ErrorLog::text(), HasSubstr("InitializeEncoder failed: out of memory (10)"));
}

TEST_F(FailureOfTheDouble, SessionsRunOut) {
  const ErrorLog log;
  ControlFolder::say("encoder-sessions=2");
  const CodecContextPtr first = openNvenc(kDefault);
  CodecContextPtr second = openNvenc(kDefault);
  EXPECT_THAT(first, NotNull());
  EXPECT_THAT(second, NotNull());
  const BufferPtr card = openCard(0);
  const BufferPtr frames = framesOn(card.get(), AV_PIX_FMT_NV12, kDefault.width, kDefault.height);
  NvencOptions onCard;
  onCard.frames = frames.get();
  int error = 0;
  EXPECT_THAT(openNvenc(onCard, &error), IsNull());
  EXPECT_EQ(error, AVERROR(ENOMEM));
  EXPECT_THAT(ErrorLog::text(), HasSubstr("OpenEncodeSessionEx failed: out of memory (10)"));
  second.reset();
  EXPECT_THAT(openNvenc(onCard), NotNull()) << "one was given back";
}

TEST_F(FailureOfTheDouble, SessionsRunOutAsOlderDriversSayIt) {
  const ErrorLog log;
  ControlFolder::say("encoder-sessions=0\nsession-refusal=key");
  EXPECT_THAT(openNvenc(kDefault), IsNull());
  EXPECT_THAT(ErrorLog::text(),
              HasSubstr("OpenEncodeSessionEx failed: incompatible client key (21)"));
}

TEST_F(FailureOfTheDouble, SessionsOfAllProcessesCountUntilTheyEnd) {
  ControlFolder::say("encoder-sessions=1");
  std::array<int, 2> ready{};
  ASSERT_EQ(pipe(ready.data()), 0);
  const pid_t other = fork();
  if (other == 0) {
    // Started anew: a driver is not to be used across a fork.
    dup2(ready[1], STDOUT_FILENO);
    execl("/proc/self/exe", "millrace_nvidia_test", "--hold-an-encoder", nullptr);
    _exit(127);
  }
  close(ready[1]);
  char byte = 0;
  EXPECT_EQ(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  {
    const ErrorLog log;
    EXPECT_THAT(openNvenc(kDefault), IsNull());
    EXPECT_THAT(ErrorLog::text(), HasSubstr("OpenEncodeSessionEx failed: out of memory (10)"));
  }
  kill(other, SIGKILL);  // so that it gives nothing back itself
  waitpid(other, nullptr, 0);
  EXPECT_THAT(openNvenc(kDefault), NotNull());
}

TEST_F(FailureOfTheDouble, ACardHasNoEncoder) {
  const ErrorLog log;
  ControlFolder::say("encodes=");
  const BufferPtr card = openCard(0);
  const BufferPtr frames = framesOn(card.get(), AV_PIX_FMT_NV12, kDefault.width, kDefault.height);
  NvencOptions onCard;
  onCard.frames = frames.get();
  EXPECT_THAT(openNvenc(onCard), IsNull());
  EXPECT_THAT(ErrorLog::text(), HasSubstr("OpenEncodeSessionEx failed: unsupported device (2)"));
}

TEST_F(FailureOfTheDouble, ACardDoesNotDecodeTheCodec) {
  const ErrorLog log;
  ControlFolder::say("decodes=");
  const BufferPtr card = openCard(0);
  const std::vector<PacketPtr> packets = encodeByX264(320, 180, 2, "bframes=0");
  CodecContextPtr decoder = openDecoder(AV_CODEC_ID_H264, card.get());
  EXPECT_LT(avcodec_send_packet(decoder.get(), packets[0].get()), 0);
  EXPECT_THAT(ErrorLog::text(), HasSubstr("Hardware is lacking required capabilities"));
}

TEST_F(FailureOfTheDouble, AnEncoderFailsInMidStream) {
  const ErrorLog log;
  ControlFolder::say("fail-encode-after=3");
  const CodecContextPtr encoder = openNvenc(kDefault);
  ASSERT_TRUE(encoder);
  std::vector<PacketPtr> packets;
  for (int index = 0; index < 3; ++index)
    ASSERT_EQ(encode(*encoder, picture(index).get(), packets), 0);
  EXPECT_EQ(encode(*encoder, picture(3).get(), packets), AVERROR_UNKNOWN);
  EXPECT_EQ(packets.size(), 3U);
  EXPECT_THAT(ErrorLog::text(), HasSubstr("EncodePicture failed!: generic error (20)"));
}

TEST_F(FailureOfTheDouble, ALostCardFailsEverythingOnItAndNothingElsewhere) {
  const ErrorLog log;
  ControlFolder::say("cards=2");
  NvencOptions onTheOther;
  onTheOther.gpu = 1;
  const CodecContextPtr encoder = openNvenc(kDefault);
  const CodecContextPtr other = openNvenc(onTheOther);
  ASSERT_TRUE(encoder && other);
  const BufferPtr card = openCard(0);
  const BufferPtr frames = framesOn(card.get(), AV_PIX_FMT_NV12, 640, 480);
  ControlFolder::say("cards=2\nlost=0");
  std::vector<PacketPtr> packets;
  EXPECT_EQ(encode(*encoder, picture(0).get(), packets), AVERROR(EIO));
  EXPECT_EQ(encode(*other, picture(0).get(), packets), 0);
  EXPECT_THAT(upload(frames.get(), *hostPicture(AV_PIX_FMT_NV12, 640, 480, 0)), IsNull());
  EXPECT_THAT(openCard(0), IsNull());
  EXPECT_THAT(openCard(1), NotNull());
  EXPECT_THAT(ErrorLog::text(), HasSubstr("CUDA_ERROR_ILLEGAL_ADDRESS"));
  EXPECT_THAT(ErrorLog::text(), HasSubstr("CUDA_ERROR_DEVICE_UNAVAILABLE"));
}

TEST_F(FailureOfTheDouble, ACardThatIsBackServesOnlyThoseWhoOpenItAnew) {
  const ErrorLog log;
  BufferPtr card = openCard(0);
  BufferPtr frames = framesOn(card.get(), AV_PIX_FMT_NV12, 640, 480);
  const FramePtr input = hostPicture(AV_PIX_FMT_NV12, 640, 480, 0);
  ControlFolder::say("lost=0");
  EXPECT_THAT(upload(frames.get(), *input), IsNull());
  ControlFolder::say("");
  EXPECT_THAT(upload(frames.get(), *input), IsNull());
  frames.reset();
  card.reset();
  card = openCard(0);
  frames = framesOn(card.get(), AV_PIX_FMT_NV12, 640, 480);
  EXPECT_THAT(upload(frames.get(), *input), NotNull());
}

TEST_F(FailureOfTheDouble, ADecoderFailsInMidStream) {
  const ErrorLog log;
  ControlFolder::say("fail-decode-after=3");
  const std::vector<PacketPtr> packets = encodeByX264(320, 180, 6, "bframes=0");
  const BufferPtr card = openCard(0);
  const CodecContextPtr decoder = openDecoder(AV_CODEC_ID_H264, card.get());
  std::vector<FramePtr> pictures;
  const auto decodes = [&](const PacketPtr& packet) {
    return decode(*decoder, packet.get(), pictures) == 0;
  };
  EXPECT_EQ(std::find_if_not(packets.begin(), packets.end(), decodes) - packets.begin(), 3);
  EXPECT_THAT(ErrorLog::text(), HasSubstr("CUDA_ERROR_UNKNOWN"));
}

class HangingCallOfTheDouble : public OnDouble {
 protected:
  static void expectToHang(const std::string& kind, const std::function<void()>& call) {
    ControlFolder::say("hang=" + kind);
    std::atomic<bool> returned = false;
    std::jthread caller([&] {
      call();
      returned = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_FALSE(returned);
    ControlFolder::say("");
    caller.join();
  }
};

TEST_F(HangingCallOfTheDouble, EncodesAfterwards) {
  const CodecContextPtr encoder = openNvenc(kDefault);
  ASSERT_TRUE(encoder);
  std::vector<PacketPtr> packets;
  expectToHang("encode", [&] { EXPECT_EQ(encode(*encoder, picture(0).get(), packets), 0); });
  EXPECT_EQ(packets.size(), 1U);
}

TEST_F(HangingCallOfTheDouble, DecodesAfterwards) {
  const std::vector<PacketPtr> packets = encodeByX264(320, 180, 1, "bframes=0");
  const BufferPtr card = openCard(0);
  std::vector<FramePtr> pictures;
  expectToHang("decode", [&] { pictures = decodeAll(AV_CODEC_ID_H264, packets, card.get()); });
  EXPECT_EQ(pictures.size(), 1U);
}

TEST_F(HangingCallOfTheDouble, CopiesAfterwards) {
  const BufferPtr card = openCard(0);
  const BufferPtr frames = framesOn(card.get(), AV_PIX_FMT_NV12, kDefault.width, kDefault.height);
  FramePtr uploaded;
  expectToHang("copy", [&] { uploaded = upload(frames.get(), *picture(0)); });
  EXPECT_THAT(uploaded, NotNull());
}

}  // namespace
}  // namespace millrace
