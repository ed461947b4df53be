#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "media/input/packet_source.h"
#include "media/libav.h"

namespace millrace {

/// One coded frame between two stages; timestamps in microseconds on the job's timeline.
struct MediaPacket {
  PacketPtr packet;
  bool video = false;
  Clock::time_point
      arrived{};  ///< When the source access unit it is, or was made from, was complete.
};

/// What a track is from the next packet on; null: there is no such track.
struct TrackUpdate {
  bool video = false;
  std::shared_ptr<const Track> track;
};

/// The next picture will be a keyframe, and is being encoded: all that comes before it has been
/// sent. Only a rung says so, to its sink.
struct KeyframeAhead {
  static constexpr bool video = true;
  std::int64_t timestampUs = 0;
};

using MediaItem = std::variant<MediaPacket, TrackUpdate, KeyframeAhead>;

}  // namespace millrace
