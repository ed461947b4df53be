#pragma once

#include <algorithm>
#include <chrono>
#include <string>

namespace millrace {

using SteadyClock = std::chrono::steady_clock;
using SteadyTime = SteadyClock::time_point;

/// `duration` from now; a duration too long for the clock means never.
inline SteadyTime deadlineAfter(std::chrono::milliseconds duration) {
  const SteadyTime now = SteadyClock::now();
  return duration < SteadyTime::max() - now ? now + duration : SteadyTime::max();
}

/// Not below zero.
inline std::chrono::milliseconds remainingUntil(SteadyTime deadline) {
  // The order matters: SteadyTime::min() has no distance to now that a duration could hold.
  const SteadyTime now = SteadyClock::now();
  return std::chrono::ceil<std::chrono::milliseconds>(std::max(deadline, now) - now);
}

/// For poll(); a deadline beyond its range is cut to about three weeks.
inline int pollTimeoutMs(SteadyTime deadline) {
  constexpr std::chrono::milliseconds kLongest{0x6fffffff};
  return static_cast<int>(std::min(remainingUntil(deadline), kLongest).count());
}

/// For messages: `1.5 s`, `10 s`.
inline std::string inSeconds(std::chrono::milliseconds duration) {
  const auto tenths = duration.count() / 100;
  const std::string whole = std::to_string(tenths / 10);
  return (tenths % 10 == 0 ? whole : whole + "." + std::to_string(tenths % 10)) + " s";
}

}  // namespace millrace
