#include "media/input/access_unit.h"

#include <cstdint>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "real_streams.h"

namespace millrace {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Writes the syntax elements of H.264 headers.
class BitWriter {
 public:
  BitWriter& bits(int count, std::uint32_t value) {
    for (int i = count - 1; i >= 0; --i) bits_.push_back((value >> i & 1) != 0);
    return *this;
  }
  BitWriter& ue(std::uint32_t value) {
    int length = 0;
    while ((value + 1) >> (length + 1) != 0) ++length;
    return bits(length, 0).bits(length + 1, value + 1);
  }
  BitWriter& se(int value) {
    return ue(value > 0 ? static_cast<std::uint32_t>(2 * value - 1)
                        : static_cast<std::uint32_t>(-2 * value));
  }
  /// The unit with stop bit and emulation prevention.
  Bytes unit(std::uint8_t header) {
    bits(1, 1);
    while (bits_.size() % 8 != 0) bits_.push_back(false);
    Bytes bytes = {header};
    int zeros = 0;
    for (std::size_t at = 0; at < bits_.size(); at += 8) {
      std::uint8_t byte = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        byte = static_cast<std::uint8_t>(byte << 1 | (bits_[at + i] ? 1 : 0));
      }
      if (zeros >= 2 && byte <= 3) {
        bytes.push_back(3);
        zeros = 0;
      }
      zeros = byte == 0 ? zeros + 1 : 0;
      bytes.push_back(byte);
    }
    return bytes;
  }

 private:
  std::vector<bool> bits_;
};

Bytes annexB(std::initializer_list<Bytes> units) {
  Bytes bytes;
  for (const Bytes& unit : units) {
    bytes.insert(bytes.end(), {0, 0, 0, 1});
    bytes.insert(bytes.end(), unit.begin(), unit.end());
  }
  return bytes;
}

Bytes lengthPrefixed(std::initializer_list<Bytes> units) {
  Bytes bytes;
  for (const Bytes& unit : units) {
    bytes.insert(bytes.end(), {0, 0, static_cast<std::uint8_t>(unit.size() >> 8),
                               static_cast<std::uint8_t>(unit.size())});
    bytes.insert(bytes.end(), unit.begin(), unit.end());
  }
  return bytes;
}

/// An interlaced Main profile stream: frame_num of 9 bits, picture order type 0 with 7 bits.
Bytes sps() {
  return BitWriter()
      .bits(8, 77)
      .bits(16, 0x001e)
      .ue(0)
      .ue(5)
      .ue(0)
      .ue(3)  // frame_num, picture order type and its bits
      .ue(4)
      .bits(1, 0)
      .ue(44)
      .ue(17)
      .bits(1, 0)  // frame_mbs_only_flag 0
      .bits(4, 0)
      .unit(0x67);
}

/// The same in High profile with scaling matrices, and picture order type 1.
Bytes highSps() {
  BitWriter writer;
  writer.bits(8, 100).bits(16, 0x001e).ue(0).ue(1).ue(0).ue(0).bits(1, 0).bits(1, 1);
  for (int list = 0; list < 8; ++list) {
    writer.bits(1, list % 2 == 0 ? 1U : 0U);
    if (list % 2 != 0) continue;
    for (int i = 0; i < (list < 6 ? 16 : 64); ++i) writer.se(i % 2 == 0 ? 1 : -1);
  }
  return writer.ue(5)
      .ue(1)
      .bits(1, 0)
      .se(-3)
      .se(2)
      .ue(2)
      .se(1)
      .se(-1)
      .ue(4)
      .bits(1, 0)
      .ue(44)
      .ue(17)
      .bits(1, 0)
      .bits(4, 0)
      .unit(0x67);
}

Bytes pps(bool redundantPictures = false) {
  return BitWriter()
      .ue(0)
      .ue(0)
      .bits(1, 1)
      .bits(1, 0)
      .ue(0)
      .ue(0)
      .ue(0)
      .bits(3, 0)
      .se(0)
      .se(0)
      .se(0)
      .bits(2, 0)
      .bits(1, redundantPictures ? 1 : 0)
      .unit(0x68);
}

struct SliceOptions {
  int type = 1;
  std::uint32_t firstMb = 0;
  std::uint32_t frameNum = 0;
  bool field = false;
  bool bottom = false;
  bool orderType1 = false;
  int redundant = -1;  ///< -1: the element is not there.
};
Bytes slice(const SliceOptions& options) {
  BitWriter writer;
  writer.ue(options.firstMb).ue(7).ue(0).bits(9, options.frameNum);
  writer.bits(1, options.field ? 1 : 0);
  if (options.field) writer.bits(1, options.bottom ? 1 : 0);
  if (options.type == 5) writer.ue(3);
  if (options.orderType1) {
    writer.se(-2);
  } else {
    writer.bits(7, 11);
  }
  if (options.redundant >= 0) writer.ue(static_cast<std::uint32_t>(options.redundant));
  return writer.bits(32, 0xdeadbeef).unit(static_cast<std::uint8_t>(0x60 | options.type));
}

AccessUnitInfo inspect(const Bytes& packet, AVCodecID codec = AV_CODEC_ID_H264) {
  return AccessUnitInspector(codec, {}).inspect(packet);
}

}  // namespace

TEST(AccessUnit, OfH264IsOnePictureHoweverManySlicesItHas) {
  const auto info =
      inspect(annexB({sps(), pps(), slice({.type = 5}), slice({.type = 5, .firstMb = 100}),
                      slice({.type = 5, .firstMb = 200})}));
  EXPECT_TRUE(info.keyframe);
  EXPECT_TRUE(info.hasParameterSets);
  EXPECT_EQ(info.pictureStarts, 1);
  EXPECT_TRUE(info.isOneAccessUnit());
}

TEST(AccessUnit, OfH264WithoutIdrIsNoKeyframe) {
  const auto info = inspect(annexB({sps(), pps(), slice({.frameNum = 3})}));
  EXPECT_FALSE(info.keyframe);
  EXPECT_EQ(info.pictureStarts, 1);
}

TEST(AccessUnit, OfH264WithARecoveryPointIsAKeyframe) {
  const Bytes unregistered = {0x06, 5,  17, 1,  2,  3,  4,  5,  6,  7,   8,
                              9,    10, 11, 12, 13, 14, 15, 16, 17, 0x80};
  const Bytes behindOther = {0x06, 5, 2, 6, 1, 6, 1, 0x84, 0x80};
  EXPECT_FALSE(inspect(annexB({unregistered, slice({})})).keyframe);
  EXPECT_TRUE(inspect(annexB({behindOther, slice({})})).keyframe);
  EXPECT_FALSE(inspect(annexB({behindOther})).keyframe) << "no picture";
  const Bytes behindZeros = {0x06, 5, 4, 0, 0, 3, 0, 0, 6, 1, 0x84, 0x80};
  EXPECT_TRUE(inspect(annexB({behindZeros, slice({})})).keyframe) << "with emulation prevention";
}

TEST(AccessUnit, TellsTwoH264FramesInOnePacket) {
  const auto info = inspect(annexB({sps(), pps(), slice({.frameNum = 3}), slice({.frameNum = 4})}));
  EXPECT_EQ(info.pictureStarts, 2);
  EXPECT_FALSE(info.isOneAccessUnit());
}

TEST(AccessUnit, CountsTheTwoFieldsOfAnH264FrameAsOnePicture) {
  for (const bool highProfile : {false, true}) {
    const auto field = [&](std::uint32_t frameNum, bool bottom) {
      return slice(
          {.frameNum = frameNum, .field = true, .bottom = bottom, .orderType1 = highProfile});
    };
    const Bytes parameters = highProfile ? highSps() : sps();
    EXPECT_EQ(inspect(annexB({parameters, pps(), field(7, false), field(7, true)})).pictureStarts,
              1);
    EXPECT_EQ(inspect(annexB({parameters, pps(), field(7, true), field(7, false)})).pictureStarts,
              1);
    EXPECT_EQ(inspect(annexB({parameters, pps(), field(7, false), field(7, true), field(7, false),
                              field(7, true)}))
                  .pictureStarts,
              2)
        << "two frames of one number";
    EXPECT_EQ(inspect(annexB({parameters, pps(), field(7, false), field(8, true)})).pictureStarts,
              2);
    EXPECT_EQ(inspect(annexB({parameters, pps(), field(7, false), field(7, false)})).pictureStarts,
              2);
  }
}

TEST(AccessUnit, CountsMoreThanOneWhenTheParametersOfItsFieldsAreUnknown) {
  EXPECT_EQ(inspect(annexB({slice({.field = true}), slice({.field = true, .bottom = true})}))
                .pictureStarts,
            2);
}

TEST(AccessUnit, RemembersParametersFromEarlierPackets) {
  AccessUnitInspector inspector(AV_CODEC_ID_H264, {});
  inspector.inspect(annexB({sps(), pps(), slice({.type = 5})}));
  const auto info =
      inspector.inspect(annexB({slice({.frameNum = 1, .field = true}),
                                slice({.frameNum = 1, .field = true, .bottom = true})}));
  EXPECT_EQ(info.pictureStarts, 1);
  EXPECT_FALSE(info.hasParameterSets);
}

TEST(AccessUnit, DoesNotCountRedundantPictures) {
  EXPECT_EQ(inspect(annexB({sps(), pps(true), slice({.redundant = 0}), slice({.redundant = 1})}))
                .pictureStarts,
            1);
  EXPECT_EQ(inspect(annexB({sps(), pps(true), slice({.redundant = 0}), slice({.redundant = 0})}))
                .pictureStarts,
            2);
}

TEST(AccessUnit, OfH264ThatBeginsWithALaterSliceStartsInMidPicture) {
  const auto rest = inspect(annexB({sps(), pps(), slice({.firstMb = 100})}));
  EXPECT_TRUE(rest.startsInMidPicture);
  EXPECT_EQ(rest.pictureStarts, 0);
  const auto restAndNext = inspect(annexB({sps(), pps(), slice({.firstMb = 100}), slice({})}));
  EXPECT_TRUE(restAndNext.startsInMidPicture);
  EXPECT_EQ(restAndNext.pictureStarts, 1);
}

TEST(AccessUnit, WithLengthsIsReadAsItsAvccRecordSays) {
  const Bytes s = sps();
  const Bytes p = pps();
  Bytes record = {1, 77, 0, 30, 0xff, 0xe1, 0, static_cast<std::uint8_t>(s.size())};
  record.insert(record.end(), s.begin(), s.end());
  record.insert(record.end(), {1, 0, static_cast<std::uint8_t>(p.size())});
  record.insert(record.end(), p.begin(), p.end());
  AccessUnitInspector inspector(AV_CODEC_ID_H264, record);
  const auto fields =
      inspector.inspect(lengthPrefixed({slice({.frameNum = 1, .field = true}),
                                        slice({.frameNum = 1, .field = true, .bottom = true})}));
  EXPECT_EQ(fields.pictureStarts, 1) << "with the parameter sets of the record";
  EXPECT_TRUE(inspector.inspect(lengthPrefixed({slice({.type = 5})})).keyframe);

  Bytes truncated = lengthPrefixed({slice({.type = 5})});
  truncated.pop_back();
  EXPECT_TRUE(inspector.inspect(truncated).malformed);
}

TEST(AccessUnit, WithoutAnyStartCodeIsMalformed) {
  EXPECT_TRUE(inspect({1, 2, 3, 4, 5}).malformed);
  EXPECT_FALSE(inspect({}).malformed);
}

TEST(AccessUnit, OfHevcIsKnownByItsFirstSliceSegments) {
  const Bytes spsUnit = {33 << 1, 1, 0xaa};
  const Bytes idr = {19 << 1, 1, 0x80};
  const Bytes cra = {21 << 1, 1, 0x80};
  const Bytes trail = {1 << 1, 1, 0x80};
  const Bytes laterSegment = {1 << 1, 1, 0x00};
  const Bytes otherLayer = {1 << 1, 1 | 1 << 3, 0x80};
  const auto of = [](std::initializer_list<Bytes> units) {
    return inspect(annexB(units), AV_CODEC_ID_HEVC);
  };
  EXPECT_TRUE(of({spsUnit, idr, laterSegment}).keyframe);
  EXPECT_TRUE(of({spsUnit, idr, laterSegment}).hasParameterSets);
  EXPECT_TRUE(of({cra}).keyframe);
  EXPECT_FALSE(of({trail}).keyframe);
  EXPECT_EQ(of({trail, laterSegment, otherLayer}).pictureStarts, 1);
  EXPECT_EQ(of({trail, trail}).pictureStarts, 2);
  EXPECT_TRUE(of({laterSegment}).startsInMidPicture);
}

TEST(AccessUnit, OfHevcWithLengthsIsReadAsItsHvccRecordSays) {
  Bytes record(23, 0);
  record[0] = 1;
  record[21] = 3;
  AccessUnitInspector inspector(AV_CODEC_ID_HEVC, record);
  const auto info = inspector.inspect(lengthPrefixed({{19 << 1, 1, 0x80}, {19 << 1, 1, 0x00}}));
  EXPECT_TRUE(info.keyframe);
  EXPECT_EQ(info.pictureStarts, 1);
  EXPECT_FALSE(info.malformed);
}

TEST(AccessUnit, OfMpeg2CountsTheTwoFieldsOfAFrameAsOnePicture) {
  const auto picture = [](int number, int type) {
    return Bytes{0x00, static_cast<std::uint8_t>(number >> 2),
                 static_cast<std::uint8_t>(number << 6 | type << 3), 0xff};
  };
  const auto structure = [](int value) {
    return Bytes{0xb5, 0x8f, 0xff, static_cast<std::uint8_t>(0xf0 | value)};
  };
  const Bytes sequence = {0xb3, 0x2d, 0x02, 0x40};
  const Bytes first = {0x01, 0x2b};
  const auto of = [](std::initializer_list<Bytes> units) {
    return inspect(annexB(units), AV_CODEC_ID_MPEG2VIDEO);
  };
  const auto intra = of({sequence, picture(0, 1), structure(3), first});
  EXPECT_TRUE(intra.keyframe);
  EXPECT_TRUE(intra.hasParameterSets);
  EXPECT_EQ(intra.pictureStarts, 1);
  EXPECT_FALSE(of({picture(5, 2), structure(3), first}).keyframe);
  EXPECT_EQ(
      of({picture(5, 2), structure(3), first, picture(6, 3), structure(3), first}).pictureStarts,
      2);
  EXPECT_EQ(
      of({picture(5, 2), structure(1), first, picture(5, 2), structure(2), first}).pictureStarts,
      1);
  EXPECT_EQ(
      of({picture(5, 2), structure(1), first, picture(6, 2), structure(2), first}).pictureStarts,
      2);
  EXPECT_EQ(of({picture(5, 2), structure(1), first, picture(5, 2), structure(2), first,
                picture(5, 2), structure(1), first})
                .pictureStarts,
            2);
  EXPECT_TRUE(of({first}).startsInMidPicture);
}

namespace {

class EncodedBy : public testing::TestWithParam<const char*> {};

}  // namespace

TEST_P(EncodedBy, IsSeenAsTheEncoderMeantIt) {
  const AVCodec* codec = avcodec_find_encoder_by_name(GetParam());
  if (codec == nullptr) GTEST_SKIP() << "libavcodec is built without " << GetParam();
  av_log_set_level(AV_LOG_FATAL);
  AVCodecContext* context = avcodec_alloc_context3(codec);
  context->width = 320;
  context->height = 192;
  context->pix_fmt = AV_PIX_FMT_YUV420P;
  context->time_base = {1, 25};
  context->framerate = {25, 1};
  context->gop_size = 5;
  context->max_b_frames = 0;
  context->slices = 4;
  if (context->priv_data != nullptr) {
    av_opt_set(context->priv_data, "preset", "ultrafast", 0);
  }
  ASSERT_GE(avcodec_open2(context, codec, nullptr), 0);
  AccessUnitInspector inspector(codec->id, {});
  AVFrame* frame = av_frame_alloc();
  AVPacket* packet = av_packet_alloc();
  int packets = 0;
  int keyframes = 0;
  for (int i = 0; i <= 20; ++i) {
    if (i < 20) {
      frame->format = context->pix_fmt;
      frame->width = context->width;
      frame->height = context->height;
      frame->pts = i;
      ASSERT_GE(av_frame_get_buffer(frame, 0), 0);
      for (int plane = 0; plane < 3; ++plane) {
        const int rows = plane == 0 ? frame->height : frame->height / 2;
        for (int y = 0; y < rows; ++y) {
          for (int x = 0; x < frame->linesize[plane]; ++x) {
            frame->data[plane][y * frame->linesize[plane] + x] =
                static_cast<std::uint8_t>(x * 3 + y * i);
          }
        }
      }
    }
    avcodec_send_frame(context, i < 20 ? frame : nullptr);
    av_frame_unref(frame);
    while (avcodec_receive_packet(context, packet) >= 0) {
      const auto info = inspector.inspect({packet->data, static_cast<std::size_t>(packet->size)});
      const bool key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
      EXPECT_EQ(info.keyframe, key) << "packet " << packets;
      EXPECT_EQ(info.pictureStarts, 1) << "packet " << packets;
      EXPECT_TRUE(info.isOneAccessUnit());
      ++packets;
      keyframes += key ? 1 : 0;
      av_packet_unref(packet);
    }
  }
  EXPECT_EQ(packets, 20);
  EXPECT_EQ(keyframes, 4);
  av_packet_free(&packet);
  av_frame_free(&frame);
  avcodec_free_context(&context);
}

INSTANTIATE_TEST_SUITE_P(AccessUnit, EncodedBy, testing::Values("libx264", "mpeg2video"),
                         [](const auto& encoder) { return std::string(encoder.param); });

namespace {

class RealPackets : public testing::TestWithParam<const char*> {};

struct Flagged {
  std::int64_t pts;
  bool keyframe;
};

/// The video packets of a file: with libavformat's parser, or as PES packets with our flags.
std::vector<Flagged> videoPackets(const std::string& path, bool withParser) {
  av_log_set_level(AV_LOG_FATAL);
  AVFormatContext* format = avformat_alloc_context();
  if (!withParser) format->flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "max_packet_size", "8388608", 0);
  std::vector<Flagged> flagged;
  if (avformat_open_input(&format, path.c_str(), nullptr, &options) >= 0) {
    AccessUnitInspector inspector(AV_CODEC_ID_H264, {});
    AVPacket* packet = av_packet_alloc();
    while (av_read_frame(format, packet) >= 0) {
      if (format->streams[packet->stream_index]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO) {
        const auto info = inspector.inspect({packet->data, static_cast<std::size_t>(packet->size)});
        EXPECT_TRUE(info.isOneAccessUnit()) << packet->pts;
        flagged.push_back(
            {.pts = packet->pts,
             .keyframe = withParser ? (packet->flags & AV_PKT_FLAG_KEY) != 0 : info.keyframe});
      }
      av_packet_unref(packet);
    }
    av_packet_free(&packet);
    avformat_close_input(&format);
  }
  av_dict_free(&options);
  return flagged;
}

}  // namespace

TEST_P(RealPackets, AreFlaggedAsLibavformatsParserFlagsThem) {
  const auto path = realStream(GetParam());
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  const auto parsed = videoPackets(path.string(), true);
  const auto ours = videoPackets(path.string(), false);
  ASSERT_GT(parsed.size(), 0U);
  ASSERT_EQ(ours.size(), parsed.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_EQ(ours[i].keyframe, parsed[i].keyframe) << "packet " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(AccessUnit, RealPackets,
                         testing::Values("bad-cuvid.ts", "kryp-1.ts", "kryp-2.ts", "portrait.ts",
                                         "sample_0_409_17041.ts", "test_short.ts", "yuv422.ts"),
                         [](const auto& stream) {
                           std::string name = stream.param;
                           std::ranges::replace_if(
                               name, [](char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

}  // namespace millrace
