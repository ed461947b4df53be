#include "media/input/pace_detector.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "media/url.h"

namespace millrace {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

// A read that took longer had to wait for its packet.
constexpr std::chrono::milliseconds kWaitedFor{2};
// How long a slow moment is remembered, at least; twice as long at most. Longer than HLS segments
// are, of which only the first packet is waited for.
constexpr std::chrono::seconds kPeriod{10};

constexpr std::chrono::milliseconds kSampleEvery{50};
// Whatever came before, what comes evenly for so long is live.
constexpr std::chrono::milliseconds kEvenly{2'000};
// What comes in pieces takes longer to tell from a download that paused.
constexpr std::chrono::milliseconds kInPieces{15'000};
constexpr std::chrono::milliseconds kLeastObserved{1'000};
// Media seconds per second; a download slower than this is as good as live.
constexpr double kFastest = 1.5;
constexpr double kSlowest = 0.5;
// A live source leaves its reader waiting most of the time.
constexpr double kWaiting = 0.5;

double inUs(Clock::duration duration) {
  return static_cast<double>(duration_cast<microseconds>(duration).count());
}

}  // namespace

PaceDetector::PaceDetector(const InputOptions& input) {
  if (input.pace == Pace::kLive) live_ = true;
  if (input.pace != Pace::kAuto) return;
  const std::string scheme = input.openStream ? "" : schemeOf(input.url);
  if (input.openStream || scheme == "http" || scheme == "https")
    measuring_ = true;
  else if (!scheme.empty() && scheme != "file")
    live_ = true;
}

void PaceDetector::waited(Clock::duration duration) {
  waitedInAll_ += duration;
  waitedLast_ = duration;
}

void PaceDetector::observe(std::int64_t dtsUs, Clock::time_point now) {
  const std::int64_t nowUs = duration_cast<microseconds>(now.time_since_epoch()).count();
  if (slowestUs_ == kUnknown || waitedLast_ >= kWaitedFor) allow(nowUs - dtsUs, now);
  if (measuring_) sample(dtsUs, now);
}

void PaceDetector::restart() {
  slowestUs_ = slowestBeforeUs_ = kUnknown;
  allowedUs_ = kUnknown;
  samples_.clear();
}

void PaceDetector::allow(std::int64_t distanceUs, Clock::time_point now) {
  if (slowestUs_ == kUnknown) periodStartedAt_ = now;
  if (now - periodStartedAt_ >= kPeriod) {
    slowestBeforeUs_ = now - periodStartedAt_ < 2 * kPeriod ? slowestUs_ : distanceUs;
    slowestUs_ = distanceUs;
    periodStartedAt_ = now;
  }
  slowestUs_ = std::max(slowestUs_, distanceUs);
  allowedUs_ = std::max(slowestUs_, slowestBeforeUs_);
}

void PaceDetector::sample(std::int64_t dtsUs, Clock::time_point now) {
  if (!samples_.empty() && now - samples_.back().at < kSampleEvery) return;
  samples_.push_back(Sample{dtsUs, now, waitedInAll_});
  while (now - samples_[1 < samples_.size() ? 1 : 0].at >= kInPieces) samples_.pop_front();
  if (!comesEvenly() && !comesInPieces()) return;
  live_ = true;
  measuring_ = false;
  samples_.clear();
}

// In both halves of the time, so that a pause that makes up for haste does not count.
bool PaceDetector::comesEvenly() const {
  const Sample& last = samples_.back();
  const auto since = [&](Clock::duration ago) {
    const auto next =
        std::upper_bound(samples_.begin(), samples_.end(), last.at - ago,
                         [](Clock::time_point at, const Sample& sample) { return at < sample.at; });
    return next == samples_.begin() ? nullptr : &*std::prev(next);
  };
  const Sample* first = since(kEvenly);
  const Sample* middle = since(kEvenly / 2);
  if (first == nullptr || middle == nullptr || first == middle) return false;
  const auto isEven = [](const Sample& from, const Sample& to) {
    const double ratio = static_cast<double>(to.dtsUs - from.dtsUs) / inUs(to.at - from.at);
    return ratio >= kSlowest && ratio <= kFastest;
  };
  return isEven(*first, *middle) && isEven(*middle, last) &&
         inUs(last.waited - first->waited) >= kWaiting * inUs(last.at - first->at);
}

// Not by a single pause, which any download can have.
bool PaceDetector::comesInPieces() const {
  const Sample& first = samples_.front();
  const Sample& last = samples_.back();
  const Clock::duration elapsed = last.at - first.at;
  if (elapsed < kLeastObserved) return false;
  Clock::duration longest{};
  for (std::size_t i = 1; i < samples_.size(); ++i)
    longest = std::max(longest, samples_[i].waited - samples_[i - 1].waited);
  const Clock::duration waiting = last.waited - first.waited;
  return static_cast<double>(last.dtsUs - first.dtsUs) <= kFastest * inUs(elapsed) &&
         inUs(waiting) >= kWaiting * inUs(elapsed) && 2 * longest <= elapsed;
}

Clock::time_point PaceDetector::mayWaitUntil(std::optional<std::int64_t> timestampUs) const {
  if (!live_) return Clock::time_point::max();
  const std::int64_t allowedUs = allowedUs_;
  if (!timestampUs || allowedUs == kUnknown) return Clock::time_point();
  return Clock::time_point(microseconds(allowedUs + *timestampUs));
}

}  // namespace millrace
