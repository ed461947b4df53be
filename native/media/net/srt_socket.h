#pragma once

extern "C" {
#include <libavformat/avio.h>
}

#include <chrono>
#include <optional>

namespace millrace {

/// What libsrt knows of a connection of libavformat's and libavformat does not tell. Nothing where
/// it cannot be asked: with the system's libraries, whose libsrt may not be the one that would be
/// linked here.
class SrtSocket {
 public:
  /// `connection` is an open one of libavformat's srt protocol.
  static std::optional<SrtSocket> of(AVIOContext& connection);

  /// How long the receiver holds a packet back before its application gets it, as both sides
  /// agreed: the longer of what each asked for.
  std::optional<std::chrono::milliseconds> receiverLatency() const;

  /// Packets that were sent, or wait to be, and that the receiver has not acknowledged. Nothing:
  /// the connection is broken.
  std::optional<std::size_t> unacknowledged() const;

 private:
  explicit SrtSocket(int id) : id_(id) {}

  int id_;
};

}  // namespace millrace
