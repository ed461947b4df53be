#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "media/input/packet_source.h"
#include "media/job/job_options.h"

namespace millrace {

/// Tells a live source, which nothing may make wait, from one that can be read ahead, which waits
/// for the slowest stage. Fed by the reader's thread; the questions are for any thread.
class PaceDetector {
 public:
  /// `scheme`: of the source's URL; empty for a file or a stream of the host program.
  PaceDetector(Pace asked, const std::string& scheme);

  /// A packet was read after waiting `waited` for it.
  void observe(std::int64_t dtsUs, Clock::time_point now, Clock::duration waited);

  bool live() const { return live_; }

  /// How long a stage may wait for room for what has this timestamp. Read ahead: for ever. Live:
  /// until it would have come at the slowest pace seen so far, so that what comes in bursts (HLS
  /// segments, the GOP that a server keeps for newcomers, what a stalled network held back) is
  /// taken in at its own pace, and what comes evenly waits for nobody.
  Clock::time_point mayWaitUntil(std::int64_t timestampUs) const;

 private:
  bool measuring_ = false;
  std::optional<std::int64_t> firstDtsUs_;
  Clock::time_point startedAt_{};
  Clock::duration waited_{};
  std::atomic<bool> live_{false};
  /// Of arrival to timestamp: the largest distance of a packet that was waited for.
  std::atomic<std::int64_t> slowestUs_{kUnknown};

  static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::min();
};

}  // namespace millrace
