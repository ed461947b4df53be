#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "media/job/job_events.h"

namespace millrace {

/// How long things took, in fixed memory (26 KiB): buckets of 1 us up to 256 us, then 128 to each
/// doubling, up to 71 minutes; anything longer counts as that. Percentiles are right within 0.4 %,
/// the maximum within a microsecond. One thread records; any thread may read at the same time,
/// without locks, and sees a summary that may miss the newest records.
class LatencyHistogram {
 public:
  /// Negative durations count as 0.
  void record(std::chrono::nanoseconds duration);

  LatencySummary summary() const;

 private:
  static constexpr std::size_t kLinear = 256;
  static constexpr std::size_t kPerOctave = 128;
  static constexpr std::size_t kOctaves = 24;
  static constexpr std::size_t kBuckets = kLinear + kOctaves * kPerOctave;

  using Counts = std::array<std::uint64_t, kBuckets>;

  /// At least one of `counts` is not 0.
  static std::vector<LatencyBucket> coarse(const Counts& counts);
  static std::size_t bucketOf(std::uint64_t us);
  static double middleUs(std::size_t bucket);

  std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
  std::atomic<std::uint64_t> maxUs_{0};
};

}  // namespace millrace
