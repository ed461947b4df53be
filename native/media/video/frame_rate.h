#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "media/job/job_options.h"

namespace millrace {

/// One frame that a rendition gets.
struct FramePick {
  std::int64_t timestampUs = 0;
  bool repeatPrevious = false;  ///< The frame before the one asked about, once more.
};

/// Decides what a rendition with a frame rate of its own gets of each source frame, before it is
/// scaled.
///
/// The timeline from `baseUs` is cut into ticks of 1/fps. The first frame of a tick is kept, with
/// its own source timestamp; others of the same tick are dropped; ticks without a frame repeat the
/// one before, at the tick's own time. Gaps of more than a second are left open. Rounding of source
/// timestamps to milliseconds does not move frames between ticks: the border of a tick has a
/// hysteresis of 1 to 3 ms, so that a source of nearly the same rate is thinned or filled one frame
/// at a time. One thread; one per rendition.
class FrameRate {
 public:
  /// Most repeats for one source frame, the same bound as LPMS's guard against runaway encodes.
  static constexpr int kMaxRepeats = 25;

  /// `fps` 0/1: every source frame is kept. `baseUs`: where ticks count from.
  FrameRate(Rational fps, std::int64_t baseUs);

  bool passesAll() const { return fps_.num <= 0 || fps_.den <= 0; }

  /// What to encode now that a frame at `ptsUs` is here, in order: repeats of the previous frame,
  /// then at most once the frame itself. Timestamps are strictly increasing over all calls.
  /// `mustKeep` is for frames that are keyframes in every rendition: one that would be dropped
  /// takes the next tick's place. The result is valid until the next call.
  std::span<const FramePick> decide(std::int64_t ptsUs, bool mustKeep = false);

  /// Repeats of the last frame that fill the ticks it lasts for. `lastDurationUs` 0: unknown, none.
  std::span<const FramePick> finish(std::int64_t lastDurationUs);

 private:
  std::int64_t tickOf(std::int64_t ptsUs);
  std::int64_t timeOf(std::int64_t tick) const;
  void repeatUntil(std::int64_t tick);
  void keep(std::int64_t ptsUs);

  Rational fps_;
  std::int64_t baseUs_;
  std::int64_t toleranceUs_ = 0;
  bool roundsUp_ = true;                         ///< What the hysteresis last decided.
  std::optional<std::int64_t> lastTick_;         ///< The last one that has its frame.
  std::optional<std::int64_t> lastPtsUs_;        ///< Of the last source frame, kept or not.
  std::optional<std::int64_t> lastTimestampUs_;  ///< The last one handed out.
  std::vector<FramePick> picks_;
};

}  // namespace millrace
