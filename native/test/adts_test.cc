#include "media/input/adts.h"

#include <gtest/gtest.h>

#include <vector>

#include "media/output/adts_writer.h"

namespace millrace {
namespace {

// AAC-LC, 48 kHz, stereo, 7 bytes of header and 3 of payload.
const std::vector<std::uint8_t> kFrame{0xff, 0xf1, 0x4c, 0x80, 0x01, 0x5f, 0xfc, 0x21, 0x10, 0x05};

TEST(Adts, ReadsRateChannelsAndSizeOfAFrame) {
  const auto header = parseAdts(kFrame);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->sampleRate(), 48'000);
  EXPECT_EQ(header->channels(), 2);
  EXPECT_EQ(header->frameBytes, 10U);
  EXPECT_EQ(header->headerBytes, 7U);
}

TEST(Adts, SaysTheSameAsAnAudioSpecificConfig) {
  const auto config = parseAdts(kFrame)->audioSpecificConfig();
  EXPECT_EQ(config[0], 0x11);
  EXPECT_EQ(config[1], 0x90);
}

TEST(Adts, RefusesAFrameLongerThanItsPacket) {
  const std::vector<std::uint8_t> cut(kFrame.begin(), kFrame.end() - 1);
  EXPECT_FALSE(parseAdts(cut));
}

TEST(Adts, RefusesAReservedSampleRate) {
  auto frame = kFrame;
  frame[2] = 0x7c;
  EXPECT_FALSE(parseAdts(frame));
}

TEST(Adts, RefusesWhatDoesNotStartWithASyncWord) {
  auto frame = kFrame;
  frame[0] = 0xfe;
  EXPECT_FALSE(parseAdts(frame));
}

TEST(AdtsWriter, PutsBackTheHeaderThatTheReaderTookOff) {
  CodecParametersPtr parameters(avcodec_parameters_alloc());
  parameters->codec_id = AV_CODEC_ID_AAC;
  parameters->extradata = static_cast<std::uint8_t*>(av_mallocz(2 + AV_INPUT_BUFFER_PADDING_SIZE));
  parameters->extradata_size = 2;
  parameters->extradata[0] = 0x11;
  parameters->extradata[1] = 0x90;
  PacketPtr packet = makePacket();
  ASSERT_EQ(av_new_packet(packet.get(), 3), 0);
  std::copy(kFrame.begin() + 7, kFrame.end(), packet->data);
  packet->pts = 42;
  ASSERT_TRUE(addAdtsHeader(*parameters, *packet));
  EXPECT_EQ(std::vector<std::uint8_t>(packet->data, packet->data + packet->size), kFrame);
  EXPECT_EQ(packet->pts, 42);
}

TEST(AdtsWriter, RefusesALayoutThatAdtsCannotSay) {
  CodecParametersPtr parameters(avcodec_parameters_alloc());
  parameters->codec_id = AV_CODEC_ID_AAC;
  parameters->extradata = static_cast<std::uint8_t*>(av_mallocz(2 + AV_INPUT_BUFFER_PADDING_SIZE));
  parameters->extradata_size = 2;
  parameters->extradata[0] = 0x11;
  parameters->extradata[1] = 0x80;  // channels described elsewhere
  PacketPtr packet = makePacket();
  ASSERT_EQ(av_new_packet(packet.get(), 3), 0);
  const Result<void> added = addAdtsHeader(*parameters, *packet);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kMuxFailed);
}

}  // namespace
}  // namespace millrace
