#pragma once

#include <cstdint>
#include <optional>

namespace millrace {

/// Says which source frames are keyframes in every rendition: the first one, and the first at or
/// after each point of a grid of `gopUs` from `baseUs`. Asked about source frames in display order,
/// whatever rate a rendition has, so that all renditions, and every attempt with the same base,
/// agree. One thread.
class KeyframeGrid {
 public:
  /// `gopUs` 0: every frame is a keyframe (intra). `early`: the grid has more points, one
  /// every quarter of the first second behind the base.
  KeyframeGrid(std::int64_t baseUs, std::int64_t gopUs, bool early = false)
      : baseUs_(baseUs), gopUs_(gopUs), early_(early) {}

  /// Whether the frame at `ptsUs` is a keyframe. A frame up to a millisecond before a grid point
  /// counts as on it: timestamps in milliseconds are rounded. After a gap one frame is, however
  /// many points were passed.
  bool isKeyframe(std::int64_t ptsUs);

  /// With intra renditions there is no grid to agree on: their keyframes are no reason for
  /// `FrameRate::decide` to keep a frame.
  bool everyFrame() const { return gopUs_ <= 0; }

 private:
  std::int64_t baseUs_;
  std::int64_t gopUs_;
  bool early_;
  std::optional<std::int64_t> lastInterval_;
};

}  // namespace millrace
