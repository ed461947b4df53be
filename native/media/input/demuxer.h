#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "media/input/audio_track.h"
#include "media/input/packet_source.h"
#include "media/input/playlist_io.h"
#include "media/input/source_io.h"
#include "media/input/video_track.h"
#include "media/job/job_options.h"
#include "media/libav.h"
#include "media/net/rtsp_target.h"

namespace millrace {

/// A source behind a URL or a byte stream, taken apart by libavformat. Owned and used by the
/// reader's thread.
class Demuxer : public PacketSource {
 public:
  /// Connects and reads as far as the container's header. Waits end at once when `stop` is stopped.
  static Result<std::unique_ptr<PacketSource>> open(const InputOptions& options,
                                                    const AddressPolicy& policy,
                                                    std::stop_token stop);
  ~Demuxer() override;

  Result<std::optional<SourcePacket>> read() override;
  const Track* videoTrack() const override { return video_ ? &video_->track() : nullptr; }
  const Track* audioTrack() const override { return audio_ ? &audio_->track() : nullptr; }
  bool truncated() const override { return truncated_; }
  std::string container() const override;
  bool drained() const override;
  std::int64_t bytesRead() const override;
  Clock::time_point firstByteAt() const override;

 private:
  Demuxer(const InputOptions& options, const AddressPolicy& policy, std::stop_token stop);

  Result<void> openBytes();
  Result<void> openPlaylist(std::unique_ptr<ByteSource> playlist, std::vector<std::uint8_t> head,
                            const std::string& url);
  Result<void> openRtsp();
  Result<void> openRtspAt(const RtspTarget& target);
  Result<void> openFile(const std::string& demuxer);
  Result<void> openFormat(const std::string& demuxer, const std::string& url,
                          AVDictionary** libavOptions);
  int openContext(const std::string& demuxer, const std::string& url, AVDictionary** libavOptions);
  void chooseTracks();
  void chooseVariant();
  bool hasFailed() const;
  bool sourceEnded() const;
  bool endsInGarbage() const;
  Error readError(int code) const;
  Error openError(int code) const;
  Error rtspError(int code, const RtspTarget& target) const;

  static int onInterrupt(void* self);

  InputOptions options_;
  AddressPolicy policy_;
  std::stop_token stop_;
  std::unique_ptr<SourceIo> io_;
  std::unique_ptr<PlaylistIo> playlist_;
  InputFormatPtr format_;
  AVFormatContext* connecting_ = nullptr;  ///< Of RTSP, until its one connection is being made.
  bool wholeFrames_ = true;
  unsigned streamsSeen_ = 0;
  std::optional<VideoTrack> video_;
  std::optional<AudioTrack> audio_;
  std::deque<SourcePacket> ready_;
  std::vector<SourcePacket> cut_;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point openedAt_{};
  std::int64_t packetBytes_ = 0;
  Clock::time_point readSince_{};
  bool stalled_ = false;  ///< Of a playlist.
  int unreadableInARow_ = 0;
  bool truncated_ = false;
  bool ended_ = false;
};

}  // namespace millrace
