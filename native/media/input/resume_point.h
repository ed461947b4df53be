#pragma once

#include <cstdint>
#include <optional>

#include "media/input/packet_source.h"

namespace millrace {

/// Watches a source on its way to the point where a job resumes, to tell the one that an earlier
/// attempt read up to there from another one that has taken its place. Owned and used by one
/// thread, the reader's.
///
/// Up to 10 s before the point a source is believed: it is read until it is there, and if it ends
/// before, everything was delivered. One that ends further before it is another. A live source that
/// is further before it cannot have been there either: its clock was set back, by whoever makes it
/// or, as RTSP does, for every reader.
class ResumePoint {
 public:
  explicit ResumePoint(std::optional<std::int64_t> atUs) : atUs_(atUs) {}

  /// What was just read lies at `timestampUs`. How far from there the timeline has to be moved to
  /// go on at the point: 0, unless the source is live and has been too far before it for 2 s.
  std::int64_t observe(std::int64_t timestampUs, bool live, Clock::time_point now);

  /// How far before the point a source ends that ends now, if it cannot have been there.
  std::optional<std::int64_t> missedByUs() const;

 private:
  std::optional<std::int64_t> atUs_;
  bool reached_ = false;
  std::optional<std::int64_t> furthestUs_;
  /// Since when, and from where on, the source has been too far before the point.
  std::optional<std::int64_t> behindFromUs_;
  Clock::time_point behindSince_{};
};

}  // namespace millrace
