#include "media/job/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <vector>

namespace millrace {
namespace {

/// 1, 2, 3, 4, 6, 8, 12, 16, …: two to each doubling.
double nextBound(double ms) {
  if (ms < 2) return ms + 1;
  const bool powerOfTwo = std::has_single_bit(static_cast<std::uint64_t>(ms));
  return powerOfTwo ? ms * 3 / 2 : ms * 4 / 3;
}

}  // namespace

void LatencyHistogram::record(std::chrono::nanoseconds duration) {
  const std::int64_t ns = std::max<std::int64_t>(duration.count(), 0);
  const auto us = static_cast<std::uint64_t>((ns + 500) / 1'000);
  // One writer: no read-modify-write is needed, only that readers never see half a value.
  std::atomic<std::uint64_t>& count = counts_[bucketOf(us)];
  count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (us > maxUs_.load(std::memory_order_relaxed)) maxUs_.store(us, std::memory_order_relaxed);
}

LatencySummary LatencyHistogram::summary() const {
  Counts counts;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    counts[i] = counts_[i].load(std::memory_order_relaxed);
    total += counts[i];
  }
  if (total == 0) return {};
  const auto maxUs = static_cast<double>(maxUs_.load(std::memory_order_relaxed));
  // Nearest rank: the smallest value that at least this part of all values does not exceed.
  const auto percentileMs = [&](std::uint64_t percent) {
    const std::uint64_t rank = (total * percent + 99) / 100;
    std::uint64_t seen = 0;
    std::size_t bucket = 0;
    for (; bucket < kBuckets - 1; ++bucket) {
      seen += counts[bucket];
      if (seen >= rank) break;
    }
    return std::min(middleUs(bucket), maxUs) / 1'000;
  };
  return {.count = static_cast<std::int64_t>(total),
          .p50Ms = percentileMs(50),
          .p90Ms = percentileMs(90),
          .p99Ms = percentileMs(99),
          .maxMs = maxUs / 1'000,
          .buckets = coarse(counts)};
}

std::vector<LatencyBucket> LatencyHistogram::coarse(const Counts& counts) {
  std::size_t last = kBuckets - 1;
  while (counts[last] == 0) --last;
  std::vector<LatencyBucket> buckets{{.upToMs = 1}};
  for (std::size_t i = 0; i <= last; ++i) {
    while (middleUs(i) > buckets.back().upToMs * 1'000)
      buckets.push_back({.upToMs = nextBound(buckets.back().upToMs)});
    buckets.back().count += static_cast<std::int64_t>(counts[i]);
  }
  return buckets;
}

std::size_t LatencyHistogram::bucketOf(std::uint64_t us) {
  if (us < kLinear) return us;
  const auto octave = static_cast<std::size_t>(std::bit_width(us) - std::bit_width(kLinear));
  if (octave >= kOctaves) return kBuckets - 1;
  // The bits behind the leading one.
  const std::size_t part = (us >> (octave + 1)) - kPerOctave;
  return kLinear + octave * kPerOctave + part;
}

double LatencyHistogram::middleUs(std::size_t bucket) {
  if (bucket < kLinear) return static_cast<double>(bucket);
  const std::size_t octave = (bucket - kLinear) / kPerOctave;
  const std::size_t part = (bucket - kLinear) % kPerOctave;
  const std::uint64_t width = std::uint64_t{2} << octave;
  return static_cast<double>((kPerOctave + part) * width) + static_cast<double>(width) / 2;
}

}  // namespace millrace
