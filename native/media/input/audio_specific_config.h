#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace millrace {

/// How MP4 and FLV describe AAC (ISO/IEC 14496-3, 1.6.2.1), as far as a container needs to know.
struct AudioSpecificConfig {
  int sampleRate = 0;  ///< As heard: with SBR, when it is signalled here, twice the core's.
  int channels = 0;    ///< 0: described in the codec's own words.
};

/// Nothing when the bytes end too soon or name no sample rate.
std::optional<AudioSpecificConfig> parseAudioSpecificConfig(std::span<const std::uint8_t> bytes);

}  // namespace millrace
