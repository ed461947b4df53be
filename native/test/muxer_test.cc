#include "media/output/muxer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "media/log_scope.h"
#include "memory_sink.h"

namespace millrace {
namespace {

struct Demuxed {
  std::vector<AVCodecID> codecs;
  std::vector<std::int64_t> videoPtsUs;
  std::vector<std::int64_t> audioPtsUs;
};

// libavformat is the judge: what a player would get from these bytes.
Demuxed demux(std::vector<std::uint8_t> bytes, const char* format) {
  // The pictures are made up; what the decoder thinks of them is of no interest.
  const LogScope quiet({[](LogEvent&&) {}});
  struct Cursor {
    std::vector<std::uint8_t> bytes;
    std::size_t at = 0;
  } cursor{std::move(bytes)};
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(4096));
  IoContextPtr io(avio_alloc_context(
      buffer, 4096, 0, &cursor,
      [](void* opaque, std::uint8_t* into, int size) {
        auto& from = *static_cast<Cursor*>(opaque);
        const std::size_t count =
            std::min(static_cast<std::size_t>(size), from.bytes.size() - from.at);
        if (count == 0) return AVERROR_EOF;
        std::memcpy(into, from.bytes.data() + from.at, count);
        from.at += count;
        return static_cast<int>(count);
      },
      nullptr, nullptr));
  AVFormatContext* context = avformat_alloc_context();
  context->pb = io.get();
  Demuxed result;
  if (avformat_open_input(&context, "", av_find_input_format(format), nullptr) < 0) return result;
  const InputFormatPtr owner(context);
  avformat_find_stream_info(context, nullptr);
  const PacketPtr packet = makePacket();
  while (av_read_frame(context, packet.get()) >= 0) {
    const AVStream& stream = *context->streams[packet->stream_index];
    const std::int64_t ptsUs = av_rescale_q(packet->pts, stream.time_base, kMicroseconds);
    (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO ? result.videoPtsUs : result.audioPtsUs)
        .push_back(ptsUs);
    av_packet_unref(packet.get());
  }
  for (unsigned i = 0; i < context->nb_streams; ++i)
    result.codecs.push_back(context->streams[i]->codecpar->codec_id);
  std::sort(result.codecs.begin(), result.codecs.end());
  return result;
}

CodecParametersPtr withExtradata(AVMediaType type, AVCodecID codec,
                                 const std::vector<std::uint8_t>& extradata) {
  CodecParametersPtr parameters(avcodec_parameters_alloc());
  parameters->codec_type = type;
  parameters->codec_id = codec;
  parameters->extradata =
      static_cast<std::uint8_t*>(av_mallocz(extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  std::copy(extradata.begin(), extradata.end(), parameters->extradata);
  parameters->extradata_size = static_cast<int>(extradata.size());
  return parameters;
}

// Parameter sets of 320x180 pictures as x264 writes them.
CodecParametersPtr h264() {
  auto parameters =
      withExtradata(AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_H264,
                    {0,    0,    0,    1, 0x67, 0x42, 0xc0, 0x0d, 0xda, 0x05, 0x06, 0x7e,
                     0x7c, 0x04, 0x40, 0, 0,    3,    0,    0x40, 0,    0,    0x0f, 0x23,
                     0xc5, 0x0a, 0xa8, 0, 0,    0,    1,    0x68, 0xce, 0x0f, 0xc8});
  parameters->width = 320;
  parameters->height = 180;
  return parameters;
}

CodecParametersPtr aac() {
  auto parameters = withExtradata(AVMEDIA_TYPE_AUDIO, AV_CODEC_ID_AAC, {0x11, 0x90});
  parameters->sample_rate = 48'000;
  parameters->frame_size = 1'024;
  av_channel_layout_default(&parameters->ch_layout, 2);
  return parameters;
}

PacketPtr packetOf(const std::vector<std::uint8_t>& bytes, std::int64_t ptsUs, bool keyframe) {
  PacketPtr packet = makePacket();
  if (av_new_packet(packet.get(), static_cast<int>(bytes.size())) < 0) throw std::bad_alloc();
  std::copy(bytes.begin(), bytes.end(), packet->data);
  packet->pts = packet->dts = ptsUs;
  packet->duration = 33'333;
  if (keyframe) packet->flags |= AV_PKT_FLAG_KEY;
  return packet;
}

PacketPtr picture(std::int64_t ptsUs, bool keyframe) {
  std::vector<std::uint8_t> bytes{0, 0, 0, 1, static_cast<std::uint8_t>(keyframe ? 0x65 : 0x41)};
  bytes.insert(bytes.end(), 300, 0x88);
  return packetOf(bytes, ptsUs, keyframe);
}

OutputTracks tracks(bool audio) {
  OutputTracks both;
  both.video = h264();
  if (audio) both.audio = aac();
  return both;
}

class EveryContainer : public testing::TestWithParam<std::pair<Container, const char*>> {};

TEST_P(EveryContainer, HandsOverEachPictureInOneWriteAndHoldsNothingBack) {
  MemorySink sink;
  auto muxer = Muxer::open(GetParam().first, tracks(false), sink, false);
  ASSERT_TRUE(muxer);
  for (int i = 0; i < 10; ++i) {
    const std::size_t before = sink.writes.size();
    const PacketPtr packet = picture(i * 33'333, i == 0);
    ASSERT_TRUE((*muxer)->writeVideo(*packet));
    EXPECT_EQ(sink.writes.size(), before + 1) << "picture " << i;
    EXPECT_GT(sink.writes.back().size(), 300U);
  }
}

TEST_P(EveryContainer, KeepsTimestampsFarFromZero) {
  constexpr std::int64_t kStartUs = 3'600'000'000;
  MemorySink sink;
  auto muxer = Muxer::open(GetParam().first, tracks(false), sink, false);
  ASSERT_TRUE(muxer);
  for (int i = 0; i < 5; ++i) {
    const PacketPtr packet = picture(kStartUs + i * 40'000, i == 0);
    ASSERT_TRUE((*muxer)->writeVideo(*packet));
  }
  ASSERT_TRUE((*muxer)->finish());
  const Demuxed demuxed = demux(sink.all, GetParam().second);
  ASSERT_EQ(demuxed.videoPtsUs.size(), 5U);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(demuxed.videoPtsUs[i], kStartUs + i * 40'000);
}

TEST_P(EveryContainer, KeepsTimestampsOfAVariableFrameRate) {
  const std::vector<std::int64_t> times{0,       40'000,  80'000,  90'000,
                                        100'000, 200'000, 233'000, 240'000};
  MemorySink sink;
  auto muxer = Muxer::open(GetParam().first, tracks(false), sink, false);
  ASSERT_TRUE(muxer);
  for (const std::int64_t time : times) {
    const PacketPtr packet = picture(time, time == 0);
    ASSERT_TRUE((*muxer)->writeVideo(*packet));
  }
  ASSERT_TRUE((*muxer)->finish());
  EXPECT_EQ(demux(sink.all, GetParam().second).videoPtsUs, times);
}

TEST_P(EveryContainer, TakesNeighboursThatRoundToTheSameTime) {
  MemorySink sink;
  auto muxer = Muxer::open(GetParam().first, tracks(false), sink, false);
  ASSERT_TRUE(muxer);
  for (const std::int64_t us : {0, 1, 2}) {
    const PacketPtr packet = picture(us, us == 0);
    EXPECT_TRUE((*muxer)->writeVideo(*packet));
  }
}

INSTANTIATE_TEST_SUITE_P(Muxer, EveryContainer,
                         testing::Values(std::pair(Container::kMpegTs, "mpegts"),
                                         std::pair(Container::kFlv, "flv"),
                                         std::pair(Container::kFragmentedMp4, "mov")));

TEST_P(EveryContainer, TakesSoundThatComesBehindAPictureItLiesBefore) {
  MemorySink sink;
  auto muxer = Muxer::open(GetParam().first, tracks(true), sink, false);
  ASSERT_TRUE(muxer);
  ASSERT_TRUE((*muxer)->writeVideo(*picture(1'000'000, true)));
  for (const std::int64_t ptsUs : {960'000, 981'333, 1'002'667, 1'024'000})
    ASSERT_TRUE((*muxer)->writeAudio(*packetOf({0x21, 0x10, 0x04, 0x60}, ptsUs, true)));
  ASSERT_TRUE((*muxer)->writeVideo(*picture(1'040'000, false)));
  ASSERT_TRUE((*muxer)->finish());
  EXPECT_EQ(demux(sink.all, GetParam().second).videoPtsUs.size(), 2U);
}

TEST(Muxer, StartsFlvAgainInTheSameStreamWhenATrackJoins) {
  MemorySink sink;
  {
    auto alone = Muxer::open(Container::kFlv, tracks(false), sink, false);
    ASSERT_TRUE(alone);
    const PacketPtr packet = picture(0, true);
    ASSERT_TRUE((*alone)->writeVideo(*packet));
  }
  auto both = Muxer::open(Container::kFlv, tracks(true), sink, true);
  ASSERT_TRUE(both);
  for (int i = 1; i < 4; ++i) {
    const PacketPtr video = picture(i * 40'000, i == 1);
    ASSERT_TRUE((*both)->writeVideo(*video));
    const PacketPtr audio = packetOf({0x21, 0x10, 0x05}, i * 40'000, true);
    ASSERT_TRUE((*both)->writeAudio(*audio));
  }
  ASSERT_TRUE((*both)->finish());
  const Demuxed demuxed = demux(sink.all, "flv");
  EXPECT_EQ(demuxed.codecs, (std::vector<AVCodecID>{AV_CODEC_ID_H264, AV_CODEC_ID_AAC}));
  EXPECT_EQ(demuxed.videoPtsUs, (std::vector<std::int64_t>{0, 40'000, 80'000, 120'000}));
  EXPECT_EQ(demuxed.audioPtsUs, (std::vector<std::int64_t>{40'000, 80'000, 120'000}));
}

TEST(Muxer, CarriesAudioOnlyWhereTheContainerCan) {
  const CodecParametersPtr audio = aac();
  EXPECT_TRUE(Muxer::carries(Container::kFlv, *audio));
  audio->codec_id = AV_CODEC_ID_AC3;
  EXPECT_FALSE(Muxer::carries(Container::kFlv, *audio));
  EXPECT_TRUE(Muxer::carries(Container::kMpegTs, *audio));
  audio->codec_id = AV_CODEC_ID_OPUS;
  EXPECT_FALSE(Muxer::carries(Container::kFlv, *audio));
  EXPECT_TRUE(Muxer::carries(Container::kFragmentedMp4, *audio));
}

TEST(Muxer, WritesHevcAsEnhancedFlv) {
#if LIBAVFORMAT_VERSION_INT < AV_VERSION_INT(60, 10, 100)
  GTEST_SKIP() << "libavformat " << av_version_info() << " has no enhanced RTMP";
#else
  MemorySink sink;
  OutputTracks hevc;
  // Parameter sets of 64x64 pictures as x265 writes them.
  hevc.video = withExtradata(
      AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_HEVC,
      {0,    0,    0,    1, 0x40, 1,    0x0c, 1,    0xff, 0xff, 1,    0x60, 0,    0,    3,
       0,    0x90, 0,    0, 3,    0,    0,    3,    0,    0x1e, 0x95, 0x98, 9,    0,    0,
       0,    1,    0x42, 1, 1,    1,    0x60, 0,    0,    3,    0,    0x90, 0,    0,    3,
       0,    0,    3,    0, 0x1e, 0xa0, 0x20, 0x81, 5,    0x96, 0x56, 0x69, 0x24, 0xca, 0xff,
       0xf0, 8,    0,    8, 8,    0,    0,    3,    0,    8,    0,    0,    3,    0,    0xc0,
       0x40, 0,    0,    0, 1,    0x44, 1,    0xc1, 0x72, 0xb4, 0x62, 0x40});
  hevc.video->width = hevc.video->height = 64;
  auto muxer = Muxer::open(Container::kFlv, hevc, sink, false);
  ASSERT_TRUE(muxer);
  std::vector<std::uint8_t> idr{0, 0, 0, 1, 0x26, 1};
  idr.insert(idr.end(), 100, 0xaf);
  const PacketPtr packet = packetOf(idr, 0, true);
  ASSERT_TRUE((*muxer)->writeVideo(*packet));
  const std::string bytes(sink.all.begin(), sink.all.end());
  EXPECT_NE(bytes.find("hvc1"), std::string::npos);
#endif
}

TEST(Muxer, SaysWhatTheOutputSaidWhenAWriteFails) {
  class Broken : public MemorySink {
   public:
    Result<void> write(std::span<const std::uint8_t>) override {
      return Error{.code = ErrorCode::kConnectionReset, .stage = Stage::kSink, .message = "gone"};
    }
  } sink;
  auto muxer = Muxer::open(Container::kFlv, tracks(false), sink, false);
  ASSERT_FALSE(muxer);
  EXPECT_EQ(muxer.error().code, ErrorCode::kConnectionReset);
}

}  // namespace
}  // namespace millrace
