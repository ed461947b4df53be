// The double of NVENC, through FFmpeg's own NVENC code: x264 answers in the card's place.
#include <gmock/gmock.h>

#include <array>

extern "C" {
#include <libavutil/opt.h>
}

#include "card_media.h"
#include "control_folder.h"

namespace millrace {
namespace {

constexpr int kWidth = 320;
constexpr int kHeight = 180;

using testing::Each;
using testing::ElementsAre;
using testing::Lt;

/// As the engine opens it for the lowest latency; `frames` null: from the host's memory.
CodecContextPtr openNvenc(AVBufferRef* frames, AVPixelFormat format, int* error = nullptr) {
  CodecContextPtr encoder(avcodec_alloc_context3(avcodec_find_encoder_by_name("h264_nvenc")));
  encoder->width = kWidth;
  encoder->height = kHeight;
  encoder->pix_fmt = frames != nullptr ? AV_PIX_FMT_CUDA : format;
  encoder->time_base = {1, 25};
  encoder->framerate = {25, 1};
  encoder->bit_rate = 2'000'000;
  encoder->rc_buffer_size = 200'000;
  encoder->gop_size = 1000;
  encoder->max_b_frames = 0;
  if (frames != nullptr) encoder->hw_frames_ctx = av_buffer_ref(frames);
  for (const auto& [key, value] : std::array<std::array<const char*, 2>, 5>{
           {{"preset", "p4"}, {"tune", "ull"}, {"delay", "0"}, {"forced-idr", "1"}, {"rc", "cbr"}}})
    EXPECT_EQ(av_opt_set(encoder->priv_data, key, value, 0), 0) << key;
  const int status = avcodec_open2(encoder.get(), nullptr, nullptr);
  if (error != nullptr) *error = status;
  if (status < 0) encoder.reset();
  return encoder;
}

class DoubleOfNvenc : public OnDouble {};

TEST_F(DoubleOfNvenc, EncodesFramesThatLieOnTheCard) {
  const BufferPtr card = openCard(0);
  ASSERT_TRUE(card);
  for (const AVPixelFormat format : {AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P}) {
    const BufferPtr frames = framesOn(card.get(), format, kWidth, kHeight);
    const CodecContextPtr encoder = openNvenc(frames.get(), format);
    ASSERT_TRUE(encoder);
    std::vector<PacketPtr> packets;
    std::vector<double> errors;
    for (int index = 0; index < 5; ++index) {
      const FramePtr picture = hostPicture(format, kWidth, kHeight, index);
      ASSERT_EQ(encode(*encoder, upload(frames.get(), *picture).get(), packets), 0);
      ASSERT_EQ(packets.size(), index + 1U) << "one in, one out";
      EXPECT_EQ(packets.back()->pts, index);
    }
    const std::vector<FramePtr> decoded = decodeAll(AV_CODEC_ID_H264, packets);
    ASSERT_EQ(decoded.size(), 5U);
    for (int index = 0; index < 5; ++index)
      errors.push_back(meanSquaredError(*decoded[static_cast<std::size_t>(index)],
                                        *hostPicture(AV_PIX_FMT_YUV420P, kWidth, kHeight, index)));
    EXPECT_THAT(errors, Each(Lt(30)));
  }
}

}  // namespace
}  // namespace millrace
