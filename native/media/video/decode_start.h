#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "media/media_packet.h"

namespace millrace {

/// Decides which access units are worth decoding: those from a keyframe on, and where a job resumes
/// those from the last keyframe before that point, so that a source that is read from its start is
/// skipped through by whole GOPs. Packets are held until that is known, in bounded memory; what
/// comes no faster than it is shown is decoded as it comes, so that nothing is left to be made up
/// for at the point. Owned and used by one thread, the decode stage's.
class DecodeStart {
 public:
  /// What is to be decoded now.
  struct Step {
    bool anew = false;  ///< By a new decoder: what the one before still holds is not needed.
    std::vector<MediaPacket> packets;  ///< In the order they came.
  };

  /// Pictures before `resumeAtUs` are only needed to decode others; absent: all are needed.
  explicit DecodeStart(std::optional<std::int64_t> resumeAtUs) : resumeAtUs_(resumeAtUs) {}

  /// Takes the next access unit, for which the stage had to wait so long.
  Step accept(MediaPacket packet, Clock::duration waited);
  /// The source has ended: what was held back and is worth decoding, in the order it came.
  std::vector<MediaPacket> finish();
  /// The access units that follow are of another track.
  void restart();

  /// The picture of this time was decoded in vain.
  void pass(std::int64_t timestampUs);
  /// The times of the latest pictures that nobody was shown, in the order they would have been.
  const std::set<std::int64_t>& passedUs() const { return passedUs_; }

 private:
  bool isBefore(std::int64_t timestampUs) const {
    return resumeAtUs_ && timestampUs < *resumeAtUs_;
  }
  bool startsHere(const AVPacket& packet) const;
  bool leadsUpToKeyframe(const AVPacket& packet);
  void watchPace(std::int64_t dtsUs, Clock::duration waited);
  bool isDue(const AVPacket& packet) const;
  std::vector<MediaPacket> release();
  void drop();

  const std::optional<std::int64_t> resumeAtUs_;
  std::deque<MediaPacket> held_;
  std::int64_t heldBytes_ = 0;
  bool decoding_ = false;                   ///< Packets pass through.
  std::optional<std::int64_t> keyframeUs_;  ///< The one that decoding starts at; not yet seen.
  bool leading_ = false;                    ///< Nothing shown after that keyframe came yet.
  std::set<std::int64_t> passedUs_;

  bool comesSlowly_ = false;
  std::optional<std::int64_t> watchedSinceUs_;
  Clock::duration waited_{};
};

}  // namespace millrace
