#include "media/net/srt_socket.h"

#ifndef MILLRACE_SYSTEM_FFMPEG
extern "C" {
#include <libavutil/opt.h>
}

#include <srt/srt.h>
#endif

namespace millrace {

#ifdef MILLRACE_SYSTEM_FFMPEG
std::optional<SrtSocket> SrtSocket::of(AVIOContext&) { return std::nullopt; }

std::optional<std::chrono::milliseconds> SrtSocket::receiverLatency() const { return std::nullopt; }

std::optional<std::size_t> SrtSocket::unacknowledged() const { return std::nullopt; }
#else
std::optional<SrtSocket> SrtSocket::of(AVIOContext& connection) {
  // libavformat does not say which socket it uses. What holds the protocol's options can be asked
  // for, though, and has begun like this for as long as there has been SRT in it; and libsrt would
  // not know any other number.
  struct SrtContext {
    const AVClass* optionsClass;
    int socket;
  };
  void* url = av_opt_child_next(&connection, nullptr);
  const void* options = url != nullptr ? av_opt_child_next(url, nullptr) : nullptr;
  if (options == nullptr) return std::nullopt;
  const int id = static_cast<const SrtContext*>(options)->socket;
  if (srt_getsockstate(id) != SRTS_CONNECTED) return std::nullopt;
  return SrtSocket(id);
}

std::optional<std::chrono::milliseconds> SrtSocket::receiverLatency() const {
  int latencyMs = 0;
  int size = sizeof latencyMs;
  if (srt_getsockflag(id_, SRTO_PEERLATENCY, &latencyMs, &size) != 0) return std::nullopt;
  return std::chrono::milliseconds(latencyMs);
}

std::optional<std::size_t> SrtSocket::unacknowledged() const {
  std::size_t packets = 0;
  std::size_t bytes = 0;
  if (srt_getsockstate(id_) != SRTS_CONNECTED || srt_getsndbuffer(id_, &packets, &bytes) < 0)
    return std::nullopt;
  return packets;
}
#endif

}  // namespace millrace
