#include "media/input/adts.h"

namespace millrace {
namespace {

constexpr std::array<int, 13> kSampleRates{96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                           22050, 16000, 12000, 11025, 8000,  7350};
constexpr std::array<int, 8> kChannels{0, 1, 2, 3, 4, 5, 6, 8};

}  // namespace

int AdtsHeader::sampleRate() const {
  return kSampleRates[static_cast<std::size_t>(sampleRateIndex)];
}

int AdtsHeader::channels() const {
  return kChannels[static_cast<std::size_t>(channelConfiguration)];
}

std::array<std::uint8_t, 2> AdtsHeader::audioSpecificConfig() const {
  return {static_cast<std::uint8_t>((objectType << 3) | (sampleRateIndex >> 1)),
          static_cast<std::uint8_t>(((sampleRateIndex & 1) << 7) | (channelConfiguration << 3))};
}

std::optional<AdtsHeader> parseAdts(std::span<const std::uint8_t> frame) {
  if (frame.size() < 7 || frame[0] != 0xff || (frame[1] & 0xf6) != 0xf0) return std::nullopt;
  AdtsHeader header;
  header.headerBytes = (frame[1] & 1) != 0 ? 7 : 9;
  header.objectType = (frame[2] >> 6) + 1;
  header.sampleRateIndex = (frame[2] >> 2) & 15;
  header.channelConfiguration = ((frame[2] & 1) << 2) | (frame[3] >> 6);
  header.frameBytes = (static_cast<std::size_t>(frame[3] & 3) << 11) |
                      (static_cast<std::size_t>(frame[4]) << 3) | (frame[5] >> 5);
  if (static_cast<std::size_t>(header.sampleRateIndex) >= kSampleRates.size()) return std::nullopt;
  if (header.frameBytes < header.headerBytes || header.frameBytes > frame.size())
    return std::nullopt;
  return header;
}

}  // namespace millrace
