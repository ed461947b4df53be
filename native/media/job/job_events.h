#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "media/error.h"
#include "media/essence/essence_window.h"
#include "media/log_level.h"

namespace millrace {

/// What the source turned out to be.
struct SourceInfo {
  std::string container;   ///< libavformat's short name, e.g. mpegts.
  std::string videoCodec;  ///< e.g. h264; empty: no video.
  int width = 0;           ///< As coded, before rotation.
  int height = 0;
  double fps = 0;  ///< 0: unknown.
  std::string pixelFormat;
  std::string audioCodec;   ///< Empty: no audio.
  int audioSampleRate = 0;  ///< 0: not known yet; likewise below.
  int audioChannels = 0;
  bool live = false;  ///< Comes at the pace of real time; may change its mind early in a stream.
};

/// What one rendition runs on.
struct RenditionPlan {
  std::string name;
  int width = 0;  ///< 0: it starts without a picture, and all but container and audio is empty.
  int height = 0;
  std::string container;  ///< mpegts, flv or mp4.
  std::string decode;     ///< cpu or nvidia:N; likewise below.
  std::string scale;
  std::string encode;
  std::string encoder;  ///< libavcodec's name, e.g. libx264.
  std::string audio;    ///< copy, aac or none.
};

/// How many times lie above the bound of the bucket before and not above this one's.
struct LatencyBucket {
  double upToMs = 0;
  std::int64_t count = 0;
};

/// Times from a source access unit being complete to the last byte of its picture handed to the
/// socket. Milliseconds; -1 when nothing was measured.
struct LatencySummary {
  std::int64_t count = 0;
  double p50Ms = -1;
  double p90Ms = -1;
  double p99Ms = -1;
  double maxMs = -1;
  /// 1, 2, 3, 4, 6, 8, 12, 16, … ms, up to the last that holds anything.
  std::vector<LatencyBucket> buckets;
};

struct RenditionProgress {
  std::string name;
  std::string state;          ///< waiting, running, finished, failed.
  std::int64_t framesIn = 0;  ///< Source frames offered to this rendition.
  std::int64_t framesEncoded = 0;
  std::int64_t framesOut = 0;  ///< Handed to the socket.
  std::int64_t framesDropped =
      0;                         ///< Lost because the encoder could not keep up with a live source.
  std::int64_t gopsDropped = 0;  ///< Lost because the output could not keep up with a live source.
  std::int64_t bytes = 0;
  std::int64_t pixelsEncoded = 0;
  std::optional<std::int64_t> firstTimestampUs;
  std::optional<std::int64_t> lastTimestampUs;
  double fps = 0;            ///< Over the last progress interval.
  double bitrateBps = 0;     ///< Likewise.
  double realTimeRatio = 0;  ///< Media seconds delivered per second of the job.
  LatencySummary latency;    ///< Over the whole job.
};

struct Progress {
  double elapsedMs = 0;
  std::int64_t sourceBytes = 0;
  std::int64_t sourceFrames = 0;  ///< Decoded.
  std::int64_t sourceAccessUnits = 0;
  std::int64_t decodeErrors = 0;
  std::int64_t discontinuities = 0;
  std::int64_t sourceGopsDropped =
      0;  ///< Because the decoder could not keep up with a live source.
  std::optional<std::int64_t> lastSourceTimestampUs;
  double realTimeRatio = 0;  ///< Of the rendition that is furthest.
  std::vector<RenditionProgress> renditions;
};

struct StartedEvent {
  SourceInfo source;
  std::vector<RenditionPlan> renditions;
  std::int64_t timestampBaseUs = 0;
};
/// The first byte of a rendition left for its output.
struct RenditionStartedEvent {
  std::string name;
  double sinceSourceFirstByteMs = 0;
};
struct RenditionFailedEvent {
  std::string name;
  Error error;
};
struct RenditionFinishedEvent {
  std::string name;
};
/// Something a person should know that stops nothing. `code` is stable; src/transcoder/events.ts
/// lists them.
struct WarningEvent {
  std::string code;
  std::string message;
};
struct LogEvent {
  LogLevel level = LogLevel::kInfo;
  std::string source;  ///< e.g. libavcodec/h264, libcurl, srt.
  std::string message;
};
struct ProgressEvent {
  Progress progress;
};
/// A window of the source's essence, or of a rendition's, is complete.
struct EssenceEvent {
  std::string rendition;  ///< Empty: the source.
  EssenceWindow window;
};
/// The job's one last event. Without an error at least one rendition was delivered to its end.
/// With one, none was; `failures` holds each rendition's own reason in either case.
struct EndedEvent {
  std::optional<Error> error;
  std::vector<RenditionFailedEvent> failures;
  Progress result;
  /// With all that became known since StartedEvent. Absent: there was none.
  std::optional<SourceInfo> source;
  std::int64_t timestampBaseUs = 0;  ///< With `source`.
};

using JobEvent =
    std::variant<StartedEvent, RenditionStartedEvent, RenditionFailedEvent, RenditionFinishedEvent,
                 WarningEvent, LogEvent, ProgressEvent, EssenceEvent, EndedEvent>;

}  // namespace millrace
