#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "media/input/packet_source.h"
#include "media/job/job_options.h"
#include "media/libav.h"

namespace millrace {

/// One decoded picture of the source. The frame may be referenced by several rungs and is read
/// only.
struct DecodedFrame {
  FramePtr frame;  ///< Its pts is `timestampUs`.
  std::int64_t timestampUs = 0;
  Clock::time_point arrived;  ///< When the access unit it came from was complete.
};

/// The source's video decoder. Owned and used by one thread, the decode stage's.
class Decoder {
 public:
  using OnFrame = std::function<void(DecodedFrame&&)>;

  /// `mostThreads` absent: as many as serve the tune.
  static Result<std::unique_ptr<Decoder>> open(const Track& track, Tune tune,
                                               std::optional<int> mostThreads = std::nullopt);

  /// Decodes one access unit (timestamps in microseconds); null drains. Pictures go to `onFrame`
  /// before it returns. An access unit that cannot be decoded is an error that may be passed over.
  Result<void> decode(const AVPacket* packet, Clock::time_point arrived, const OnFrame& onFrame);

  std::string name() const { return context_->codec->name; }
  /// As the stream itself says; 0: it does not.
  double fps() const;

 private:
  explicit Decoder(CodecContextPtr context);

  Result<void> receive(const OnFrame& onFrame);
  void watchReordering(const AVPacket& packet);

  CodecContextPtr context_;
  FramePtr frame_;
  /// Arrival by timestamp of the access units still inside the decoder.
  std::map<std::int64_t, Clock::time_point> arrivals_;
  std::int64_t lastTimestampUs_ = AV_NOPTS_VALUE;
  std::optional<std::int64_t> firstOffsetUs_;
  int packetsWatched_ = 0;
};

}  // namespace millrace
