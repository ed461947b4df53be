#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace millrace {

/// The header in front of every AAC frame in MPEG-TS (ISO/IEC 13818-7, 6.2).
struct AdtsHeader {
  std::size_t headerBytes = 7;  ///< 7, or 9 with a CRC.
  std::size_t frameBytes = 0;   ///< Header included.
  int objectType = 2;           ///< MPEG-4 audio object type; 2: AAC-LC.
  int sampleRateIndex = 0;
  int channelConfiguration = 0;  ///< 0: described inside the frame.

  int sampleRate() const;
  int channels() const;
  /// The two bytes that say the same in MP4 and FLV (ISO/IEC 14496-3, 1.6.2.1).
  std::array<std::uint8_t, 2> audioSpecificConfig() const;
  bool sameFormat(const AdtsHeader& other) const {
    return objectType == other.objectType && sampleRateIndex == other.sampleRateIndex &&
           channelConfiguration == other.channelConfiguration;
  }
};

/// Nothing when the bytes do not start with a whole, valid header.
std::optional<AdtsHeader> parseAdts(std::span<const std::uint8_t> frame);

}  // namespace millrace
