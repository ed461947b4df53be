#pragma once

#include <cstdint>
#include <vector>

#include "media/essence/essence_unit.h"

namespace millrace {

/// One track's part of a window.
struct EssenceTrack {
  bool video = false;
  EssenceCodec codec = EssenceCodec::kOther;
  std::uint32_t units = 0;  ///< At least 1.
  Digest parameters{};
  Digest merkleRoot{};
};

/// About `windowMs` of one medium: everything of it is committed to by `root`, and all windows up
/// to this one by `chain`.
struct EssenceWindow {
  std::uint32_t index = 0;  ///< From 0.
  Digest root{};
  Digest chain{};
  std::vector<EssenceTrack> tracks;  ///< Those with a unit in the window, video first.
  std::int64_t frames = 0;           ///< Units of the video track.
  std::int64_t pixels = 0;           ///< Width times height of each of them, summed up.
  int width = 0;                     ///< Of the first of them; 0: not known, or none.
  int height = 0;
  std::int64_t startTimestampUs = 0;
  std::int64_t endTimestampUs = 0;
  bool last = false;  ///< The medium ends with this window. See WindowBuilder::keyframeAhead.
};

/// How window hashes are put together from what is in them; docs/essence.md.
Digest hashParameters(const ParameterSetHashes& sets, Sha256& sha);
Digest hashTrack(const EssenceTrack& track, Sha256& sha);
/// `tracks`: video first.
Digest hashWindow(const std::vector<EssenceTrack>& tracks, Sha256& sha);
Digest hashChain(const Digest& previous, std::uint32_t index, const Digest& root, Sha256& sha);

}  // namespace millrace
