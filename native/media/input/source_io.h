#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/byte_source.h"
#include "media/input/access_unit_boundary.h"
#include "media/input/packet_source.h"
#include "media/libav.h"
#include "media/net/failure_site.h"

namespace millrace {

/// Lets libavformat read a ByteSource: an AVIOContext that gives what has arrived and waits for no
/// more, remembers when that was, and for MPEG-TS marks the ends of access units.
/// Owned and used by the reader's thread; the AVIOContext may not outlive it.
class SourceIo {
 public:
  struct Options {
    std::vector<std::uint8_t> head;  ///< Bytes already taken from the source, given out first.
    bool markAccessUnits = false;    ///< The bytes are MPEG-TS.
    std::string url;                 ///< For errors.
  };

  SourceIo(std::unique_ptr<ByteSource> source, Options options);

  AVIOContext* context() { return io_.get(); }
  /// Why the last read failed, when it did and was not the end of the source.
  const std::optional<Error>& error() const { return error_; }
  /// libavformat has made a packet of what it read so far. Without one, a source that goes on and
  /// on is a FORMAT_INVALID at some point.
  void noteMedia();
  /// The source has ended, properly for all it knows, and libavformat has been told.
  bool ended() const { return ended_; }
  /// Likewise, in the middle of a TS packet.
  bool endedInPacket() const { return endedInPacket_; }
  /// Likewise, and what came last was too much to be a part of something that was cut off.
  bool endedInGarbage() const;
  Clock::time_point lastReadAt() const { return lastReadAt_; }
  Clock::time_point firstByteAt() const { return firstByteAt_; }
  std::int64_t bytesRead() const { return bytesRead_; }
  bool drained() const;

 private:
  static int onRead(void* self, std::uint8_t* into, int size);
  int read(std::span<std::uint8_t> into);
  bool fill();
  bool isGarbage() const;
  bool flush();

  std::unique_ptr<ByteSource> source_;
  IoContextPtr io_;
  std::optional<AccessUnitBoundary> boundary_;
  std::vector<std::uint8_t> chunk_;
  std::vector<std::uint8_t> ready_;
  std::size_t readyFrom_ = 0;
  std::optional<Error> error_;
  Clock::time_point lastReadAt_{};
  Clock::time_point firstByteAt_{};
  FailureSite site_;
  std::int64_t bytesRead_ = 0;
  std::int64_t bytesAtMedia_ = 0;     ///< Read from the source.
  std::int64_t positionAtMedia_ = 0;  ///< Read by libavformat.
  bool ended_ = false;
  bool endedInPacket_ = false;
};

}  // namespace millrace
