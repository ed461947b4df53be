#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "media/compare/comparison.h"
#include "media/input/packet_source.h"
#include "media/input/timeline.h"
#include "media/media_packet.h"
#include "media/video/decode_start.h"
#include "media/video/decoder.h"
#include "media/video/scaler.h"

namespace millrace {

/// Reads and decodes a stretch of a medium, one picture at a time, and counts what is in it. What
/// lies before the stretch is decoded only as far as the stretch needs it, and nothing behind it is
/// read. Holds no more pictures than its decoder puts in order.
///
/// Owned and used by one thread. Waits end at once when the stop token is stopped.
class StretchReader {
 public:
  /// A picture of the stretch.
  struct Picture {
    FramePtr frame;            ///< As decoded.
    Orientation orientation;   ///< What has to be done to show it upright.
    std::int64_t sinceUs = 0;  ///< Time since the beginning of the stretch.
    std::int64_t timestampUs = 0;
  };

  static Result<std::unique_ptr<StretchReader>> open(const ComparedMedium& medium,
                                                     const AddressPolicy& policy,
                                                     std::stop_token stop);

  /// The next picture in the order they are shown; nothing: the stretch has ended. Access units
  /// that cannot be decoded are passed over, and show in the report.
  Result<std::optional<Picture>> next();

  const StretchReport& report() const { return report_; }
  /// Why nothing of the medium can be decoded.
  const std::optional<Error>& undecodable() const { return undecodable_; }

 private:
  StretchReader(const ComparedMedium& medium, std::unique_ptr<PacketSource> source,
                std::stop_token stop);

  Result<void> readOn();
  void describeTrack();
  void accept(SourcePacket packet, Clock::duration waited);
  void decode(const AVPacket* packet);
  Result<void> count(const DecodedFrame& picture);
  void countSize(const AVFrame& frame);
  Result<FramePtr> withPlainLuma(const AVFrame& frame);
  bool isInside(std::int64_t timestampUs) const;

  const std::int64_t fromUs_;
  const std::int64_t untilUs_;
  const std::string url_;
  const std::stop_token stop_;
  std::unique_ptr<PacketSource> source_;
  std::shared_ptr<const Track> track_;
  Timeline timeline_;
  DecodeStart start_;
  std::unique_ptr<Decoder> decoder_;
  std::deque<MediaPacket> undecoded_;
  std::deque<DecodedFrame> decoded_;
  std::optional<Scaler> toPlain_;  ///< To 8 bits, in the pictures' own size.
  FramePtr before_;                ///< The picture before, with plain luma.
  std::optional<Error> undecodable_;
  StretchReport report_;
  bool inputEnded_ = false;
};

}  // namespace millrace
