// The double of NVDEC, through FFmpeg's own NVDEC code, against FFmpeg's software decoder.
#include <gmock/gmock.h>

#include <string>

#include "card_media.h"
#include "control_folder.h"
#include "test/real_streams.h"

namespace millrace {
namespace {

struct Stream {
  std::string name;
  std::string params;
};

class DoubleOfNvdec : public OnDouble, public testing::WithParamInterface<Stream> {};

void expectTheSoftwareDecodersPixels(const std::vector<PacketPtr>& packets) {
  const std::vector<FramePtr> expected = decodeAll(AV_CODEC_ID_H264, packets);
  const BufferPtr card = openCard(0);
  ASSERT_TRUE(card);
  const std::vector<FramePtr> decoded = decodeAll(AV_CODEC_ID_H264, packets, card.get());
  ASSERT_FALSE(expected.empty());
  ASSERT_EQ(decoded.size(), expected.size());
  for (std::size_t index = 0; index < decoded.size(); ++index) {
    EXPECT_EQ(decoded[index]->pts, expected[index]->pts);
    EXPECT_EQ(meanSquaredError(*toPlanar(*decoded[index]), *expected[index]), 0) << index;
  }
}

TEST_P(DoubleOfNvdec, DecodesToThePixelsOfTheSoftwareDecoder) {
  // Neither side is a multiple of 16: the picture that shows is a part of the coded one.
  const std::vector<PacketPtr> packets = encodeByX264(328, 180, 24, GetParam().params);
  ASSERT_GE(packets.size(), 24U);
  expectTheSoftwareDecodersPixels(packets);
}

INSTANTIATE_TEST_SUITE_P(
    , DoubleOfNvdec,
    testing::Values(Stream{"low_latency", "bframes=0:keyint=12"},
                    Stream{"b_frames", "bframes=3:b-pyramid=normal:keyint=12"},
                    Stream{"temporal_direct", "bframes=3:direct=temporal"},
                    Stream{"several_slices", "slices=4:bframes=2"},
                    Stream{"cavlc", "cabac=0:8x8dct=0:bframes=2"},
                    Stream{"references_and_weights", "ref=8:weightp=2:bframes=2:weightb=1"},
                    Stream{"quantiser_matrices", "cqm=jvt:bframes=1"},
                    Stream{"intra_refresh", "intra-refresh=1:bframes=0:keyint=8"},
                    Stream{"macroblock_pairs", "tff=1:bframes=2"}),
    [](const auto& stream) { return stream.param.name; });

class DoubleOfNvdecOnRealStreams : public OnDouble,
                                   public testing::WithParamInterface<const char*> {};

TEST_P(DoubleOfNvdecOnRealStreams, DecodesToThePixelsOfTheSoftwareDecoder) {
  const auto path = realStream(GetParam());
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  const std::vector<PacketPtr> packets = readVideo(path, 24);
  ASSERT_FALSE(packets.empty());
  expectTheSoftwareDecodersPixels(packets);
}

INSTANTIATE_TEST_SUITE_P(, DoubleOfNvdecOnRealStreams,
                         testing::Values("bad-cuvid.ts", "sample_0_409_17041.ts", "kryp-1.ts",
                                         "kryp-2.ts", "portrait.ts", "test_short.ts"));

}  // namespace
}  // namespace millrace
