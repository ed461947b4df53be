#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "media/byte_source.h"
#include "media/input/playlist_tags.h"
#include "media/job/job_options.h"
#include "media/libav.h"

namespace millrace {

class HttpConnections;

/// Opens everything a playlist refers to (segments, other playlists, keys) for libavformat's HLS
/// demuxer, through our own HTTP and the job's address policy. What the policy refuses ends the
/// source. Owned and used by the reader's thread; must outlive the AVFormatContext it is attached
/// to.
class PlaylistIo {
 public:
  /// `url`: the playlist's own, after redirects.
  PlaylistIo(std::string url, InputOptions parent, AddressPolicy policy, std::stop_token stop);
  ~PlaylistIo();
  PlaylistIo(const PlaylistIo&) = delete;
  PlaylistIo& operator=(const PlaylistIo&) = delete;

  /// Makes `context` open what it refers to through this object.
  void attach(AVFormatContext& context);

  /// Why the source must end, when something was refused.
  const std::optional<Error>& refusal() const { return refusal_; }
  /// Why a segment or a playlist could not be had, the last one since media came.
  const std::optional<Error>& lastError() const { return lastError_; }
  /// Takes note of the start of a playlist that was read elsewhere.
  void learn(std::span<const std::uint8_t> playlist);
  /// The playlists do not say that they have ended.
  bool live() const { return !ended_; }
  /// By now a segment should have come, if it was waited for since `since`: the stall timeout is
  /// over, and the duration of the segment that is being made meanwhile.
  bool stalled(std::chrono::steady_clock::time_point since) const;
  std::int64_t bytesRead() const { return bytesRead_; }

 private:
  struct Opened;

  static int onOpen(AVFormatContext* context, AVIOContext** io, const char* url, int flags,
                    AVDictionary** options);
  static int onClose(AVFormatContext* context, AVIOContext* io);
  static int onRead(void* opened, std::uint8_t* into, int size);
  Result<std::unique_ptr<ByteSource>> open(const char* url, AVDictionary* options);
  void note(const Error& error);
  void learn(const PlaylistTags& tags);

  std::string url_;
  InputOptions parent_;
  AddressPolicy policy_;
  std::stop_token stop_;
  std::shared_ptr<HttpConnections> connections_;
  std::vector<std::unique_ptr<Opened>> opened_;
  std::optional<Error> refusal_;
  std::optional<Error> lastError_;
  bool ended_ = false;
  std::chrono::seconds targetDuration_{0};
  std::chrono::steady_clock::time_point lastMediaAt_{};
  std::int64_t bytesRead_ = 0;
};

}  // namespace millrace
