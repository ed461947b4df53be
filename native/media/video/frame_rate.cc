#include "media/video/frame_rate.h"

#include <algorithm>

extern "C" {
#include <libavutil/mathematics.h>
}

namespace millrace {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kMaxGapUs = kSecondUs;
/// Timestamps rounded to milliseconds are off by half of one, and so is the base.
constexpr std::int64_t kRoundingUs = 1'000;
/// Part of a tick that the tolerance may be, so that five times as much is still less than half.
constexpr std::int64_t kTolerancesPerTick = 12;

}  // namespace

FrameRate::FrameRate(Rational fps, std::int64_t baseUs) : fps_(fps), baseUs_(baseUs) {
  if (passesAll()) return;
  const std::int64_t tickUs = kSecondUs * fps_.den / fps_.num;
  toleranceUs_ = std::min(kRoundingUs, tickUs / kTolerancesPerTick);
}

std::span<const FramePick> FrameRate::decide(std::int64_t ptsUs, bool mustKeep) {
  picks_.clear();
  if (passesAll()) {
    keep(ptsUs);
    return picks_;
  }
  const bool late = lastPtsUs_ && ptsUs <= *lastPtsUs_;
  if (late && !mustKeep) return picks_;
  const std::int64_t tick = tickOf(ptsUs);
  const bool taken = lastTick_ && tick <= *lastTick_;
  if (taken && mustKeep) {
    keep(ptsUs);
    lastTick_ = std::max(*lastTick_, tick + 1);
  } else if (!taken) {
    if (lastTick_ && ptsUs - *lastPtsUs_ <= kMaxGapUs) repeatUntil(tick);
    keep(ptsUs);
    lastTick_ = tick;
  }
  lastPtsUs_ = late ? *lastPtsUs_ : ptsUs;
  return picks_;
}

std::span<const FramePick> FrameRate::finish(std::int64_t lastDurationUs) {
  picks_.clear();
  if (passesAll() || !lastTick_ || lastDurationUs <= 0) return picks_;
  repeatUntil(tickOf(*lastPtsUs_ + std::min(lastDurationUs, kMaxGapUs)));
  return picks_;
}

/// The tick of a frame. Just before the border to the next tick a frame belongs to that one; a
/// little further away it goes as the frames near the border went before, so that a rate close to
/// ours, whose frames wander over the border, does not flutter.
std::int64_t FrameRate::tickOf(std::int64_t ptsUs) {
  const std::int64_t positionUs = ptsUs - baseUs_;
  const std::int64_t tick =
      av_rescale_rnd(positionUs, fps_.num, kSecondUs * fps_.den, AV_ROUND_DOWN);
  const std::int64_t beforeUs = timeOf(tick + 1) - ptsUs;
  if (!lastTick_) {
    roundsUp_ = beforeUs <= 2 * toleranceUs_;  // The middle: rounding will not cross either side.
  } else if (beforeUs <= toleranceUs_) {
    roundsUp_ = true;
  } else if (beforeUs > 3 * toleranceUs_ && beforeUs <= 5 * toleranceUs_) {
    roundsUp_ = false;
  }
  const bool nearBorder = beforeUs <= 3 * toleranceUs_;
  return nearBorder && roundsUp_ ? tick + 1 : tick;
}

std::int64_t FrameRate::timeOf(std::int64_t tick) const {
  return baseUs_ + av_rescale_rnd(tick, kSecondUs * fps_.den, fps_.num, AV_ROUND_NEAR_INF);
}

/// Fills the ticks from the last that has its frame to the one before `tick`.
void FrameRate::repeatUntil(std::int64_t tick) {
  const std::int64_t end = std::min(tick, *lastTick_ + 1 + kMaxRepeats);
  for (std::int64_t missing = *lastTick_ + 1; missing < end; ++missing) {
    picks_.push_back({.timestampUs = timeOf(missing), .repeatPrevious = true});
    lastTimestampUs_ = picks_.back().timestampUs;
  }
}

void FrameRate::keep(std::int64_t ptsUs) {
  const std::int64_t timestampUs =
      lastTimestampUs_ ? std::max(ptsUs, *lastTimestampUs_ + 1) : ptsUs;
  picks_.push_back({.timestampUs = timestampUs, .repeatPrevious = false});
  lastTimestampUs_ = timestampUs;
}

}  // namespace millrace
