#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "media/error.h"
#include "media/libav.h"
#include "media/video/rotation.h"

namespace millrace {

using Clock = std::chrono::steady_clock;

/// One track of a source, as far as it is known before its first packet.
struct Track {
  CodecParametersPtr parameters;
  AVRational timeBase{1, 90'000};
  int wrapBits = 64;        ///< Width of the container's timestamps.
  double fps = 0;           ///< As the container says; 0: it does not.
  Orientation orientation;  ///< As the container says; a frame's own goes before it.
};

/// One packet as the container gave it. A video packet is one access unit.
struct SourcePacket {
  PacketPtr packet;           ///< Timestamps in its track's time base.
  bool video = false;         ///< Else audio.
  bool trackChanged = false;  ///< The track's parameters differ from those of the packet before.
  bool restarted =
      false;  ///< First packet after the container was reopened: timestamps start anew.
  Clock::time_point arrived;  ///< When its last byte was here.
};

/// Packets of a source's one video and one audio track, in the order they arrive.
/// Owned and used by one thread, the reader's.
class PacketSource {
 public:
  virtual ~PacketSource() = default;

  /// Waits for the next packet. Nothing: the source ended properly.
  virtual Result<std::optional<SourcePacket>> read() = 0;

  /// The tracks chosen so far; null: none (yet). Valid until the next `read`.
  virtual const Track* videoTrack() const = 0;
  virtual const Track* audioTrack() const = 0;

  /// The source has ended properly as far as its protocol goes, and yet in the middle of something.
  virtual bool truncated() const { return false; }

  /// libavformat's short name of the container.
  virtual std::string container() const = 0;
  /// True when nothing that has arrived is left to read: the next `read` waits for the network.
  virtual bool drained() const = 0;
  /// Bytes read from the source so far.
  virtual std::int64_t bytesRead() const = 0;
  /// When the source's first byte came.
  virtual Clock::time_point firstByteAt() const = 0;
};

}  // namespace millrace
