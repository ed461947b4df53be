// The double of NVENC, through FFmpeg's own NVENC code: x264 answers in the card's place.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "card_media.h"
#include "control_folder.h"
#include "nvenc_encoder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::Lt;

constexpr NvencOptions kDefault;

FramePtr picture(int index, AVPixelFormat format = AV_PIX_FMT_NV12) {
  return hostPicture(format, kDefault.width, kDefault.height, index);
}

std::vector<bool> keyframes(const std::vector<PacketPtr>& packets) {
  std::vector<bool> keys;
  for (const PacketPtr& packet : packets) keys.push_back((packet->flags & AV_PKT_FLAG_KEY) != 0);
  return keys;
}

std::size_t bytes(const std::vector<PacketPtr>& packets) {
  std::size_t sum = 0;
  for (const PacketPtr& packet : packets) sum += static_cast<std::size_t>(packet->size);
  return sum;
}

/// Where the pictures lie that an encoder takes, and how.
struct Input {
  std::string name;
  AVPixelFormat format;
  bool onCard;
};

class DoubleOfNvenc : public OnDouble {};
class DoubleOfNvencFor : public OnDouble, public testing::WithParamInterface<Input> {};

TEST_P(DoubleOfNvencFor, GivesOnePacketForEachPictureAndItShowsThatPicture) {
  const BufferPtr card = openCard(0);
  ASSERT_TRUE(card);
  NvencOptions options;
  options.format = GetParam().format;
  const BufferPtr frames = framesOn(card.get(), options.format, options.width, options.height);
  if (GetParam().onCard) options.frames = frames.get();
  const CodecContextPtr encoder = openNvenc(options);
  ASSERT_TRUE(encoder);
  std::vector<PacketPtr> packets;
  for (int index = 0; index < 5; ++index) {
    FramePtr input = picture(index, options.format);
    if (GetParam().onCard) input = upload(frames.get(), *input);
    ASSERT_EQ(encode(*encoder, input.get(), packets), 0);
    ASSERT_EQ(packets.size(), index + 1U);
    EXPECT_EQ(packets.back()->pts, index);
    EXPECT_EQ(packets.back()->dts, index);
  }
  const std::vector<FramePtr> decoded = decodeAll(AV_CODEC_ID_H264, packets);
  ASSERT_EQ(decoded.size(), 5U);
  for (int index = 0; index < 5; ++index)
    EXPECT_THAT(meanSquaredError(*decoded[static_cast<std::size_t>(index)],
                                 *picture(index, AV_PIX_FMT_YUV420P)),
                Lt(30));
}

INSTANTIATE_TEST_SUITE_P(, DoubleOfNvencFor,
                         testing::Values(Input{"nv12_on_the_card", AV_PIX_FMT_NV12, true},
                                         Input{"yuv420p_on_the_card", AV_PIX_FMT_YUV420P, true},
                                         Input{"nv12_of_the_host", AV_PIX_FMT_NV12, false},
                                         Input{"yuv420p_of_the_host", AV_PIX_FMT_YUV420P, false}),
                         [](const auto& input) { return input.param.name; });

TEST_F(DoubleOfNvenc, MakesAKeyframeWhereItIsAskedAndNowhereElse) {
  const CodecContextPtr encoder = openNvenc(kDefault);
  ASSERT_TRUE(encoder);
  std::vector<PacketPtr> packets;
  for (int index = 0; index < 5; ++index) {
    const FramePtr input = picture(index);
    if (index == 3) input->pict_type = AV_PICTURE_TYPE_I;
    ASSERT_EQ(encode(*encoder, input.get(), packets), 0);
  }
  EXPECT_THAT(keyframes(packets), ElementsAre(true, false, false, true, false));
}

TEST_F(DoubleOfNvenc, TellsTheParameterSetsBeforehandWhenTheyAreKeptOutOfTheStream) {
  NvencOptions options;
  options.globalHeader = true;
  const CodecContextPtr encoder = openNvenc(options);
  ASSERT_TRUE(encoder);
  ASSERT_GT(encoder->extradata_size, 8);
  EXPECT_EQ(encoder->extradata[4] & 0x1f, 7) << "a sequence parameter set";
  std::vector<PacketPtr> packets;
  ASSERT_EQ(encode(*encoder, picture(0).get(), packets), 0);
  const std::string stream(reinterpret_cast<const char*>(packets[0]->data),
                           static_cast<std::size_t>(packets[0]->size));
  EXPECT_EQ(stream.find(std::string("\0\0\1\x67", 4)), std::string::npos);
}

TEST_F(DoubleOfNvenc, CarriesAMessageThatComesWithAPicture) {
  const CodecContextPtr encoder = openNvenc(kDefault);
  ASSERT_TRUE(encoder);
  const FramePtr input = picture(0);
  const std::string message = "0123456789abcdefa message";
  AVFrameSideData* data =
      av_frame_new_side_data(input.get(), AV_FRAME_DATA_SEI_UNREGISTERED, message.size());
  std::copy(message.begin(), message.end(), data->data);
  std::vector<PacketPtr> packets;
  ASSERT_EQ(encode(*encoder, input.get(), packets), 0);
  const std::string stream(reinterpret_cast<const char*>(packets[0]->data),
                           static_cast<std::size_t>(packets[0]->size));
  EXPECT_NE(stream.find(message), std::string::npos);
}

TEST_F(DoubleOfNvenc, TakesAnotherBitrateWhileItRuns) {
  const CodecContextPtr encoder = openNvenc(kDefault);
  ASSERT_TRUE(encoder);
  std::vector<PacketPtr> before;
  std::vector<PacketPtr> after;
  for (int index = 0; index < 25; ++index)
    ASSERT_EQ(encode(*encoder, picture(index).get(), before), 0);
  encoder->bit_rate = kDefault.bitrateBps / 4;
  encoder->rc_buffer_size = static_cast<int>(encoder->bit_rate / 10);
  for (int index = 25; index < 50; ++index)
    ASSERT_EQ(encode(*encoder, picture(index).get(), after), 0);
  EXPECT_THAT(bytes(after), Lt(bytes(before) / 2));
  EXPECT_TRUE(keyframes(after)[0]) << "it starts anew";
}

TEST_F(DoubleOfNvenc, SignalsTheColoursItIsTold) {
  const CodecContextPtr encoder = openNvenc(kDefault);
  ASSERT_TRUE(encoder);
  std::vector<PacketPtr> packets;
  ASSERT_EQ(encode(*encoder, picture(0).get(), packets), 0);
  EXPECT_EQ(decodeAll(AV_CODEC_ID_H264, packets)[0]->colorspace, AVCOL_SPC_BT709);
}

}  // namespace
}  // namespace millrace
