// What a stream carries beside its pixels, through a card's decoder and encoder: FFmpeg's code for
// both is the real one, the card is a double.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include "card_media.h"
#include "control_folder.h"
#include "media/device/cuda_device.h"
#include "media/video/decoder.h"
#include "media/video/encoder.h"

namespace millrace {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int kWidth = 320;
constexpr int kHeight = 180;
constexpr std::int64_t kFrameUs = 40'000;

/// A pair of CEA-608, another one for each picture.
Bytes captionOf(int index) {
  return {0xfc, static_cast<std::uint8_t>('A' + index), static_cast<std::uint8_t>('a' + index)};
}

Bytes captionOf(const AVFrame& frame) {
  const AVFrameSideData* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_A53_CC);
  return data != nullptr ? Bytes(data->data, data->data + data->size) : Bytes();
}

RenditionOptions rendition() {
  RenditionOptions options;
  options.bitrateBps = 1'000'000;
  return options;
}

std::vector<PacketPtr> encoded(std::vector<FramePtr> pictures,
                               const std::shared_ptr<const CudaDevice>& card, Track& track) {
  Encoder::Options options;
  options.size = {kWidth, kHeight, {0, 1}};
  options.fps = 25;
  options.card = card;
  std::vector<PacketPtr> packets;
  const auto keep = [&](PacketPtr&& packet) { packets.push_back(std::move(packet)); };
  Result<std::unique_ptr<Encoder>> encoder = Encoder::open(rendition(), options, *pictures.front());
  if (!encoder) throw std::runtime_error(encoder.error().message + encoder.error().cause);
  for (const FramePtr& picture : pictures)
    EXPECT_TRUE((*encoder)->encode(picture.get(), picture == pictures.front(), keep));
  EXPECT_TRUE((*encoder)->encode(nullptr, false, keep));
  track.parameters = (*encoder)->parameters();
  return packets;
}

std::vector<FramePtr> decoded(const std::vector<PacketPtr>& packets, const Track& track,
                              const std::shared_ptr<const CudaDevice>& card) {
  std::vector<FramePtr> pictures;
  const auto keep = [&](DecodedFrame&& picture) {
    EXPECT_EQ(picture.byCard, card != nullptr);
    pictures.push_back(std::move(picture.frame));
  };
  auto decoder = Decoder::open(track, Tune::kLatency, std::nullopt, card);
  if (!decoder) throw std::runtime_error(decoder.error().message);
  for (const PacketPtr& packet : packets)
    EXPECT_TRUE((*decoder)->decode(packet.get(), Clock::now(), keep));
  EXPECT_TRUE((*decoder)->decode(nullptr, Clock::now(), keep));
  return pictures;
}

class CaptionsOnACard : public OnDouble {};

TEST_F(CaptionsOnACard, AreReadByTheDecoderAndWrittenByTheEncoder) {
  const Result<std::shared_ptr<CudaDevice>> card = CudaDevice::open(0);
  ASSERT_TRUE(card) << card.error().cause;
  std::vector<FramePtr> pictures;
  for (int index = 0; index < 10; ++index) {
    FramePtr picture = hostPicture(AV_PIX_FMT_YUV420P, kWidth, kHeight, index);
    picture->pts = index * kFrameUs;
    const Bytes caption = captionOf(index);
    std::copy(caption.begin(), caption.end(),
              av_frame_new_side_data(picture.get(), AV_FRAME_DATA_A53_CC, caption.size())->data);
    pictures.push_back(std::move(picture));
  }
  Track source;
  const std::vector<PacketPtr> packets = encoded(std::move(pictures), nullptr, source);
  std::vector<FramePtr> onCard = decoded(packets, source, *card);
  ASSERT_EQ(onCard.size(), 10U);
  for (int index = 0; index < 10; ++index) {
    EXPECT_EQ(onCard[index]->format, AV_PIX_FMT_CUDA);
    EXPECT_EQ(captionOf(*onCard[index]), captionOf(index));
  }
  Track result;
  const std::vector<PacketPtr> again = encoded(std::move(onCard), *card, result);
  const std::vector<FramePtr> last = decoded(again, result, nullptr);
  ASSERT_EQ(last.size(), 10U);
  for (int index = 0; index < 10; ++index) {
    EXPECT_EQ(captionOf(*last[index]), captionOf(index));
    EXPECT_EQ(last[index]->pts, index * kFrameUs);
  }
}

}  // namespace
}  // namespace millrace
