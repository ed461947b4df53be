#include "media/input/pace_detector.h"

namespace millrace {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

// Long enough for the burst that servers send a new viewer to be over, or to show as one.
constexpr std::chrono::milliseconds kLeastObserved{1'000};
// Media seconds per second; a download slower than this is as good as live.
constexpr double kLiveRatio = 1.5;
// A live source leaves its reader waiting most of the time.
constexpr double kLiveWaiting = 0.5;
// A read that took longer had to wait for its packet.
constexpr std::chrono::milliseconds kWaitedFor{2};

}  // namespace

PaceDetector::PaceDetector(Pace asked, const std::string& scheme) {
  if (asked == Pace::kLive) live_ = true;
  if (asked != Pace::kAuto) return;
  if (scheme == "http" || scheme == "https")
    measuring_ = true;
  else if (!scheme.empty() && scheme != "file")
    live_ = true;
}

void PaceDetector::observe(std::int64_t dtsUs, Clock::time_point now, Clock::duration waited) {
  const std::int64_t distanceUs =
      duration_cast<microseconds>(now.time_since_epoch()).count() - dtsUs;
  if (slowestUs_ == kUnknown || (waited >= kWaitedFor && distanceUs > slowestUs_))
    slowestUs_ = distanceUs;
  if (!measuring_) return;
  if (!firstDtsUs_) {
    firstDtsUs_ = dtsUs;
    startedAt_ = now;
    return;
  }
  waited_ += waited;
  const auto elapsed = now - startedAt_;
  if (elapsed < kLeastObserved) return;
  const double media = static_cast<double>(dtsUs - *firstDtsUs_);
  const double wall = static_cast<double>(duration_cast<microseconds>(elapsed).count());
  const double waiting = static_cast<double>(duration_cast<microseconds>(waited_).count());
  if (media <= wall * kLiveRatio && waiting >= wall * kLiveWaiting) {
    live_ = true;
    measuring_ = false;
  }
}

Clock::time_point PaceDetector::mayWaitUntil(std::int64_t timestampUs) const {
  if (!live_) return Clock::time_point::max();
  const std::int64_t distanceUs = slowestUs_;
  if (distanceUs == kUnknown) return Clock::time_point();
  return Clock::time_point(microseconds(distanceUs + timestampUs));
}

}  // namespace millrace
