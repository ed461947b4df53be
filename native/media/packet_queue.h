#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>

#include "media/media_packet.h"
#include "media/wait_limit.h"

namespace millrace {

/// Coded frames between two stages, bounded in media time and bytes. A full queue makes nobody wait
/// longer than the source's pace allows: then it gives up its video up to the next keyframe and
/// counts the GOPs. Safe from any thread.
class PacketQueue {
 public:
  struct Limits {
    std::chrono::microseconds span{2'000'000};
    std::int64_t bytes = 16 * 1024 * 1024;
    std::size_t packets = 2'000;
    /// Who may not wait for ever does not wait at all for a consumer that has taken nothing for
    /// this long.
    std::chrono::milliseconds patience = std::chrono::hours(1);
  };

  /// `producers`: how many stages push; the queue is closed when each of them has closed it.
  explicit PacketQueue(Limits limits, int producers = 1) : limits_(limits), producers_(producers) {}

  /// False: the queue was closed, or `stop` stopped while waiting. A KeyframeAhead that would have
  /// to wait is left out, since its keyframe comes after all.
  bool push(MediaItem item, const WaitLimit& mayWaitUntil, std::stop_token stop);
  /// Nothing: closed and empty, or `stop` stopped.
  std::optional<MediaItem> pop(std::stop_token stop);

  /// One producer has no more items; what is inside can still be popped.
  void close();
  /// Closes and throws away what is inside: nobody will pop any more.
  void abandon();

  std::int64_t gopsDropped() const { return gopsDropped_; }

 private:
  using Clock = std::chrono::steady_clock;

  bool isFull() const;
  std::optional<std::int64_t> lastTimestampUs() const;
  bool replacesLast(const MediaItem& item) const;
  Clock::time_point endOfPatience() const;
  void dropVideo();
  void account(const MediaItem& item, int sign);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<MediaItem> items_;
  std::int64_t bytes_ = 0;
  bool dropping_ = false;
  /// When the consumer took something, or had something to take after it had waited.
  Clock::time_point consumedAt_{};
  bool consumerIdle_ = true;
  int producers_;
  bool closed_ = false;
  std::atomic<std::int64_t> gopsDropped_{0};
};

}  // namespace millrace
