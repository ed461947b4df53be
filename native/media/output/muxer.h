#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "media/byte_sink.h"
#include "media/job/job_options.h"
#include "media/libav.h"

namespace millrace {

/// The tracks of one output. Null: the output has no such track.
struct OutputTracks {
  CodecParametersPtr video;
  CodecParametersPtr audio;
};

/// Puts packets into a container and hands each, complete, to a ByteSink in one write: nothing is
/// held back for the next one. Owned and used by one thread, its sink's.
class Muxer {
 public:
  /// Whether `container` can carry this audio as it is.
  static bool carries(Container container, const AVCodecParameters& audio);
  static bool carriesOpus(Container container);
  /// Whether `container` wants the codec's parameter sets in its header.
  static bool wantsGlobalHeader(Container container, VideoCodec codec);
  static std::string_view formatName(Container container);

  /// Writes the header. `continued`: the output already carries an earlier header, which this one
  /// replaces because the tracks changed.
  static Result<std::unique_ptr<Muxer>> open(Container container, const OutputTracks& tracks,
                                             ByteSink& sink, bool continued);
  ~Muxer();
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;

  /// Timestamps in microseconds. Returns when the packet's last byte has been handed to the socket.
  Result<void> writeVideo(AVPacket& packet);
  Result<void> writeAudio(AVPacket& packet) { return write(packet, audioIndex_); }
  /// Writes what the container ends with. The ByteSink stays open.
  Result<void> finish();

  /// The last packet was left out, because it lies before what the container can hold.
  bool skipped() const { return skipped_; }
  bool hasVideo() const { return videoIndex_ >= 0; }
  bool hasAudio() const { return audioIndex_ >= 0; }
  std::int64_t bytes() const { return bytes_; }

 private:
  Muxer(Container container, ByteSink& sink, bool continued);

  Result<void> openFormat(const OutputTracks& tracks);
  int addTrack(const AVCodecParameters& parameters);
  void repeatParameterSets(AVPacket& packet) const;
  Result<void> write(AVPacket& packet, int index);
  void endFragmentsExactly(AVPacket& packet, int index);
  Result<void> check(int code, const char* message);
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  static int onWrite(void* self, const std::uint8_t* bytes, int size);
#else
  static int onWrite(void* self, std::uint8_t* bytes, int size);
#endif

  Container container_;
  ByteSink& sink_;
  bool continued_;
  IoContextPtr io_;
  OutputFormatPtr format_;
  int videoIndex_ = -1;
  int audioIndex_ = -1;
  /// Per track, in its container's clock.
  struct Progress {
    std::int64_t lastDts = AV_NOPTS_VALUE;
    std::int64_t lastEnd = AV_NOPTS_VALUE;
    std::int64_t shortestStep = INT64_MAX;
  };
  Progress progress_[2];
  std::int64_t firstDts_ = AV_NOPTS_VALUE;  ///< Of whichever track came first; for FLV.
  std::size_t skip_ = 0;                    ///< Bytes of a repeated header still to be left out.
  bool headerWritten_ = false;
  bool skipped_ = false;
  std::int64_t bytes_ = 0;
  std::optional<Error> error_;
};

}  // namespace millrace
