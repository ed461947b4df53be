#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "media/byte_sink.h"
#include "media/byte_source.h"
#include "media/log_level.h"
#include "media/net/address_policy.h"

namespace millrace {

/// `kLatency`: nothing waits for the next frame; for live. `kQuality`: lookahead, B-frames and
/// frame threads; for files.
enum class Tune : std::uint8_t { kLatency, kQuality };
enum class VideoCodec : std::uint8_t { kH264, kHevc, kAv1 };
enum class AudioMode : std::uint8_t { kCopy, kAac, kOpus, kDrop };
enum class Container : std::uint8_t { kMpegTs, kFlv, kFragmentedMp4 };
/// Whether a source may be made to wait. `kAuto` decides by protocol, and over HTTP and for a
/// stream of the host program by whether bytes come faster than their timestamps.
enum class Pace : std::uint8_t { kAuto, kLive, kReadAhead };
enum class AccelKind : std::uint8_t { kAuto, kNone, kNvidia };

struct Rational {
  int num = 0;
  int den = 1;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct TlsOptions {
  bool verify = true;
  std::string caFile;  ///< PEM; empty: the system's trust store.
};

struct InputOptions {
  std::string
      url;  ///< http(s), rtmp(s), srt, rtsp(s), file: or a plain path. Empty with `openStream`.
  std::string format;  ///< mpegts, flv, mp4, matroska, hls; empty: found from the first bytes.
  HttpHeaders headers;
  std::chrono::milliseconds connectTimeout{10'000};
  std::chrono::milliseconds stallTimeout{10'000};
  Pace pace = Pace::kAuto;
  TlsOptions tls;
  /// Bytes from the host program in place of a URL; called once, on the reader's thread.
  std::function<std::unique_ptr<ByteSource>(std::stop_token)> openStream;
};

struct OutputOptions {
  std::string url;
  std::optional<Container> container;  ///< Absent: from the URL's scheme and suffix.
  std::string httpMethod = "PUT";      ///< PUT or POST.
  HttpHeaders headers;
  std::chrono::milliseconds connectTimeout{10'000};
  std::chrono::milliseconds stallTimeout{10'000};
  /// Media does not leave before this long after the job began; the connection and the container's
  /// header do. For players that come to a server that keeps nothing for them.
  std::chrono::milliseconds holdStart{0};
  TlsOptions tls;
  /// Bytes to the host program in place of a URL; called once, on the sink's thread.
  std::function<std::unique_ptr<ByteSink>(std::stop_token)> openStream;
};

struct RenditionOptions {
  std::string name;  ///< Unique within the job.
  int width =
      0;  ///< The box the picture is fitted into; 0: follows the other side. Turned for portrait.
  int height = 0;
  Rational fps{0, 1};  ///< 0: the source's.
  std::int64_t bitrateBps = 0;
  VideoCodec codec = VideoCodec::kH264;
  /// 8 or 10; 10 for HEVC and AV1 only. With 10 an HDR source stays HDR, with 8 it is tone-mapped.
  int bitDepth = 8;
  std::string encoderProfile;  ///< baseline, main, high; empty: the encoder's choice.
  /// Distance of keyframes; 0: every frame is one (intra).
  std::chrono::milliseconds gop{2'000};
  /// x264's and x265's names; mapped to p1..p7 for NVENC and to SVT-AV1's numbers.
  std::string preset = "veryfast";
  OutputOptions output;
};

/// `devices`: the cards that may be used, by the driver's numbers, the one to try first in front;
/// empty: every card there is. The job runs on the first that opens. Its encoders may go on to the
/// others of the list.
struct Accel {
  AccelKind kind = AccelKind::kAuto;
  std::vector<int> devices;
};

/// Everything a job needs to know, validated by whoever made it.
struct JobOptions {
  InputOptions input;
  std::vector<RenditionOptions> renditions;
  Tune tune = Tune::kLatency;
  Accel accel;
  AudioMode audio = AudioMode::kCopy;
  AddressPolicy addressPolicy;
  /// Media time to take, counted from the timestamp base; absent: from the start / to the end.
  std::optional<std::chrono::milliseconds> clipFrom;
  std::optional<std::chrono::milliseconds> clipTo;
  /// Source timestamp (microseconds on the unwrapped timeline) that the keyframe grid, the
  /// frame-rate grid and the clip count from; absent: the first frame's. A later attempt of the
  /// same job gets the first attempt's.
  std::optional<std::int64_t> timestampBaseUs;
  /// Pictures and sound before this point of the unwrapped timeline are not delivered: an earlier
  /// attempt has done that. Absent: everything is.
  std::optional<std::int64_t> resumeAtUs;
  /// More keyframes in the first second, for those who join then; see KeyframeGrid.
  bool earlyKeyframes = false;
  std::chrono::milliseconds progressInterval{500};
  /// How long a window of the essence is at least; absent: nothing is hashed.
  std::optional<std::chrono::milliseconds> essenceWindow;
  /// The least urgent lines of the libraries that become LogEvents.
  LogLevel logLevel = LogLevel::kInfo;
};

}  // namespace millrace
