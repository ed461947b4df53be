#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "media/essence/sha256.h"

namespace millrace {

/// What is hashed by rules of its own. `kOther`: by the bytes of its packets.
enum class EssenceCodec : std::uint8_t { kH264, kHevc, kAv1, kAac, kOpus, kOther };

/// Hashes of parameter sets, in the order in which a window counts them.
using ParameterSetHashes = std::vector<Digest>;

/// One access unit (video) or frame (audio) of a track.
struct EssenceUnit {
  Digest hash{};
  bool video = false;
  EssenceCodec codec = EssenceCodec::kOther;
  bool key = false;  ///< Video: a decoder can start here. Audio: always.
  /// Those that it refers to and that are known; never null. Shared with the units beside it.
  std::shared_ptr<const ParameterSetHashes> parameterSets;
  int width = 0;  ///< Of the picture; 0: not known, or audio.
  int height = 0;
  std::int64_t timestampUs = 0;  ///< When it is shown or heard.
  std::int64_t durationUs = 0;   ///< 0: not known.
};

}  // namespace millrace
