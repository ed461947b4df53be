#include "media/input/resume_point.h"

#include <algorithm>
#include <chrono>

namespace millrace {
namespace {

// More than the GOP that a server keeps for newcomers, or the segment that a playlist starts with.
constexpr std::int64_t kFarUs = 10'000'000;
// By then what a server keeps for newcomers has come.
constexpr std::chrono::seconds kWatched{2};
// Media seconds per second; what comes faster is still catching up.
constexpr int kFastest = 2;

}  // namespace

std::int64_t ResumePoint::observe(std::int64_t timestampUs, bool live, Clock::time_point now) {
  if (!atUs_ || reached_) return 0;
  furthestUs_ = std::max(furthestUs_.value_or(timestampUs), timestampUs);
  reached_ = timestampUs >= *atUs_;
  const std::int64_t behindUs = *atUs_ - timestampUs;
  if (!live || behindUs <= kFarUs) {
    behindFromUs_.reset();
    return 0;
  }
  if (behindFromUs_ && now - behindSince_ < kWatched) return 0;
  const bool watched = behindFromUs_.has_value();
  const std::chrono::microseconds came(timestampUs - behindFromUs_.value_or(timestampUs));
  const bool atItsPace = came <= kFastest * (now - behindSince_);
  behindFromUs_ = timestampUs;
  behindSince_ = now;
  reached_ = watched && atItsPace;
  return reached_ ? behindUs : 0;
}

std::optional<std::int64_t> ResumePoint::missedByUs() const {
  if (!atUs_ || reached_ || !furthestUs_) return std::nullopt;
  const std::int64_t missedUs = *atUs_ - *furthestUs_;
  return missedUs > kFarUs ? std::optional(missedUs) : std::nullopt;
}

}  // namespace millrace
