#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>

namespace millrace {

/// Until when whatever has this timestamp may wait for room in a queue; without one: what has none.
/// The clock's `max()`: for ever, so that nothing is lost. For any thread, and quick. Asked again
/// while somebody waits, since a source can turn out to be live meanwhile.
using WaitLimit =
    std::function<std::chrono::steady_clock::time_point(std::optional<std::int64_t> timestampUs)>;

inline std::chrono::steady_clock::time_point waitForEver(
    std::optional<std::int64_t> /*timestampUs*/) {
  return std::chrono::steady_clock::time_point::max();
}

/// Waits on a queue's condition until it `hasRoom`. False: the time that `until` tells is over, or
/// `stop` stopped.
template <typename Until, typename HasRoom>
bool waitForRoom(std::condition_variable_any& changed, std::unique_lock<std::mutex>& lock,
                 const std::stop_token& stop, Until until, HasRoom hasRoom) {
  constexpr std::chrono::milliseconds kAskAgain{100};
  while (!hasRoom()) {
    const std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
    const std::chrono::steady_clock::time_point end = until();
    if (stop.stop_requested() || now >= end) return false;
    changed.wait_until(lock, stop, std::min(end, now + kAskAgain), hasRoom);
  }
  return true;
}

}  // namespace millrace
