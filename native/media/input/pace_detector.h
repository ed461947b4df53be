#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>

#include "media/input/packet_source.h"
#include "media/job/job_options.h"

namespace millrace {

/// Tells a live source, which nothing may make wait, from one that can be read ahead, which waits
/// for the slowest stage. Fed by the reader's thread; the questions are for any thread.
class PaceDetector {
 public:
  explicit PaceDetector(const InputOptions& input);

  /// A read had to wait this long for its packet.
  void waited(Clock::duration duration);
  /// The packet that was just read is the next one of the track that sets the pace.
  void observe(std::int64_t dtsUs, Clock::time_point now);

  /// From now on timestamps have nothing to do with those before.
  void restart();

  bool live() const { return live_; }

  /// How long a stage may wait for room for what has this timestamp. Read ahead: for ever. Live:
  /// until it would have come at the slowest pace seen lately, so that what comes in bursts (HLS
  /// segments, the GOP that a server keeps for newcomers, what a stalled network held back) is
  /// taken in at its own pace, and what comes evenly waits for nobody. What has no timestamp waits
  /// for nobody either.
  Clock::time_point mayWaitUntil(std::optional<std::int64_t> timestampUs) const;

 private:
  /// How far the source was, and how long the reader had waited for it by then.
  struct Sample {
    std::int64_t dtsUs = 0;
    Clock::time_point at{};
    Clock::duration waited{};
  };

  void allow(std::int64_t distanceUs, Clock::time_point now);
  void sample(std::int64_t dtsUs, Clock::time_point now);
  bool comesEvenly() const;
  bool comesInPieces() const;

  bool measuring_ = false;
  std::deque<Sample> samples_;
  Clock::duration waitedInAll_{};
  Clock::duration waitedLast_{};

  std::atomic<bool> live_{false};
  /// Of arrival to timestamp: the largest distance of a packet that was waited for, in this period
  /// and in the one before.
  std::int64_t slowestUs_ = kUnknown;
  std::int64_t slowestBeforeUs_ = kUnknown;
  Clock::time_point periodStartedAt_{};
  std::atomic<std::int64_t> allowedUs_{kUnknown};

  static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::min();
};

}  // namespace millrace
