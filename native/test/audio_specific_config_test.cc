#include "media/input/audio_specific_config.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace {
namespace {

TEST(AudioSpecificConfig, TellsRateAndChannels) {
  const std::vector<std::uint8_t> bytes{0x11, 0x90};  // AAC-LC, 48 kHz, stereo
  const auto config = parseAudioSpecificConfig(bytes);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->sampleRate, 48'000);
  EXPECT_EQ(config->channels, 2);
}

TEST(AudioSpecificConfig, TellsTheRateThatSbrMakesOfTheCores) {
  const std::vector<std::uint8_t> bytes{0x2b, 0x11, 0x88};  // SBR over 24 kHz, stereo
  const auto config = parseAudioSpecificConfig(bytes);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->sampleRate, 48'000);
}

TEST(AudioSpecificConfig, TellsARateThatIsInNoTable) {
  const std::vector<std::uint8_t> bytes{0x17, 0x80, 0x1e, 0xd4, 0x08};  // 15784 Hz, mono
  const auto config = parseAudioSpecificConfig(bytes);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->sampleRate, 15'784);
  EXPECT_EQ(config->channels, 1);
}

TEST(AudioSpecificConfig, IsRefusedWhenItEndsTooSoonOrNamesAReservedRate) {
  EXPECT_FALSE(parseAudioSpecificConfig({}));
  EXPECT_FALSE(parseAudioSpecificConfig(std::vector<std::uint8_t>{0x11}));
  EXPECT_FALSE(parseAudioSpecificConfig(std::vector<std::uint8_t>{0x16, 0x90}));
}

}  // namespace
}  // namespace millrace
