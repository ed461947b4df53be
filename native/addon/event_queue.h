#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "media/job/job_events.h"

namespace millrace::addon {

/// What a job has to say, until JavaScript has time to hear it. Never waits and never grows beyond
/// a bound: of progress only the newest is kept, and beyond a number of log lines and warnings they
/// are counted instead. Everything else is kept, and is bounded by the number of renditions and,
/// for windows of the essence, by the time that JavaScript is busy: some hundred bytes every
/// window.
///
/// Threads: any.
class EventQueue {
 public:
  static constexpr std::size_t kMaxLogs = 512;
  static constexpr std::size_t kMaxWarnings = 256;

  void push(JobEvent&& event);
  /// Everything kept, in order; then what was left out, as one log line and one warning.
  std::vector<JobEvent> takeAll();

 private:
  std::mutex mutex_;  ///< Guards everything below.
  std::deque<JobEvent> events_;
  std::size_t logs_ = 0;
  std::size_t warnings_ = 0;
  std::uint64_t lostLogs_ = 0;
  std::uint64_t lostWarnings_ = 0;
};

}  // namespace millrace::addon
