#include "media/input/audio_specific_config.h"

#include <array>

#include "media/input/bit_reader.h"

namespace millrace {
namespace {

constexpr std::array<int, 13> kSampleRates{96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                           22050, 16000, 12000, 11025, 8000,  7350};
constexpr std::array<int, 8> kChannels{0, 1, 2, 3, 4, 5, 6, 8};
constexpr std::uint32_t kEscapedObjectType = 31;
constexpr std::uint32_t kEscapedSampleRate = 15;
constexpr std::uint32_t kSbr = 5;
constexpr std::uint32_t kParametricStereo = 29;

int sampleRate(BitReader& reader) {
  const std::uint32_t index = reader.bits(4);
  if (index == kEscapedSampleRate) return static_cast<int>(reader.bits(24));
  return index < kSampleRates.size() ? kSampleRates[index] : 0;
}

}  // namespace

std::optional<AudioSpecificConfig> parseAudioSpecificConfig(std::span<const std::uint8_t> bytes) {
  // It leaves out a 3 behind two zeros, which no configuration of a real sample rate has here.
  BitReader reader(bytes);
  AudioSpecificConfig config;
  const std::uint32_t objectType = reader.bits(5);
  if (objectType == kEscapedObjectType) reader.skip(6);
  config.sampleRate = sampleRate(reader);
  const std::uint32_t channels = reader.bits(4);
  config.channels = channels < kChannels.size() ? kChannels[channels] : 0;
  if (objectType == kSbr || objectType == kParametricStereo) config.sampleRate = sampleRate(reader);
  if (reader.overrun() || config.sampleRate <= 0) return std::nullopt;
  return config;
}

}  // namespace millrace
