#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "media/device/cuda_device.h"
#include "media/input/packet_source.h"
#include "media/job/job_options.h"
#include "media/libav.h"

namespace millrace {

/// One decoded picture of the source. The frame may be referenced by several rungs and is read
/// only.
struct DecodedFrame {
  FramePtr frame;  ///< Its pts is `timestampUs`.
  std::int64_t timestampUs = 0;
  bool byCard = false;        ///< A card decoded it. Where it is now, its format says.
  Clock::time_point arrived;  ///< When the access unit it came from was complete.
};

/// The source's video decoder: libavcodec's own, which on a card hands its slices to the card's
/// decoder unit and still reads captions and user data itself. Owned and used by one thread, the
/// decode stage's.
class Decoder {
 public:
  using OnFrame = std::function<void(DecodedFrame&&)>;

  /// Whether cards are known to decode this codec.
  static bool cardsDecode(AVCodecID codec);

  /// `mostThreads` absent: as many as serve the tune. With a card, everything is decoded there.
  static Result<std::unique_ptr<Decoder>> open(const Track& track, Tune tune,
                                               std::optional<int> mostThreads = std::nullopt,
                                               std::shared_ptr<const CudaDevice> card = nullptr);

  /// Decodes one access unit (timestamps in microseconds); null drains. Pictures go to `onFrame`
  /// before it returns. An access unit that cannot be decoded is an error that may be passed over;
  /// one of stage device is the card's.
  Result<void> decode(const AVPacket* packet, Clock::time_point arrived, const OnFrame& onFrame);

  std::string name() const { return context_->codec->name; }
  const CudaDevice* card() const { return card_.get(); }
  /// The card does not take this codec, profile, depth or size: nothing was decoded, and the CPU
  /// can be given the same access unit. Known once `decode` has failed.
  bool refusedByCard() const;
  /// As the stream itself says; 0: it does not.
  double fps() const;

 private:
  Decoder(CodecContextPtr context, std::shared_ptr<const CudaDevice> card);

  Result<void> receive(const OnFrame& onFrame);
  void watchReordering(const AVPacket& packet);

  Error failure(std::string message, int code) const;

  std::shared_ptr<const CudaDevice> card_;
  CodecContextPtr context_;
  FramePtr frame_;
  /// Arrival by timestamp of the access units still inside the decoder.
  std::map<std::int64_t, Clock::time_point> arrivals_;
  std::int64_t lastTimestampUs_ = AV_NOPTS_VALUE;
  std::optional<std::int64_t> firstOffsetUs_;
  int packetsWatched_ = 0;
};

}  // namespace millrace
