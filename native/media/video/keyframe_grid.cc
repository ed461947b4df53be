#include "media/video/keyframe_grid.h"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

/// Timestamps rounded to milliseconds are off by half of one, and so is the base.
constexpr std::int64_t kRoundingUs = 1'000;

constexpr std::array<std::int64_t, 4> kEarlyUs{250'000, 500'000, 750'000, 1'000'000};

}  // namespace

bool KeyframeGrid::isKeyframe(std::int64_t ptsUs) {
  if (everyFrame()) return true;
  const std::int64_t positionUs = ptsUs - baseUs_ + kRoundingUs;
  std::int64_t interval = positionUs / gopUs_;
  if (positionUs % gopUs_ < 0) --interval;
  if (early_)
    interval += std::ranges::count_if(kEarlyUs, [&](std::int64_t earlyUs) {
      return positionUs >= earlyUs && earlyUs % gopUs_ != 0;
    });
  if (lastInterval_ && interval <= *lastInterval_) return false;
  lastInterval_ = interval;
  return true;
}

}  // namespace millrace
