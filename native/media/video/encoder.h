#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "media/device/cuda_device.h"
#include "media/job/job_options.h"
#include "media/libav.h"
#include "media/video/picture_size.h"

namespace millrace {

/// A rendition's video encoder. Owned and used by one thread, its rung's.
class Encoder {
 public:
  struct Options {
    PictureSize size;
    double fps = 30;  ///< For rate control; timestamps decide what is shown when.
    Tune tune = Tune::kLatency;
    std::shared_ptr<const CudaDevice> card;  ///< Whose encoder to use; null: the CPU's.
    int threads = 1;
    bool globalHeader = false;  ///< Parameter sets in the container's header instead of in-band.
  };
  using OnPacket = std::function<void(PacketPtr&&)>;

  /// `picture` gives what must be known of the pictures to come: format, colours, and for pictures
  /// in a card's memory, which pool they come from. Fails with an error of stage device where the
  /// card is the reason.
  static Result<std::unique_ptr<Encoder>> open(const RenditionOptions& rendition,
                                               const Options& options, const AVFrame& picture);

  /// Encodes one picture (pts in microseconds); null drains. With `keyframe` it becomes an IDR.
  /// Packets go to `onPacket` before it returns.
  Result<void> encode(AVFrame* picture, bool keyframe, const OnPacket& onPacket);

  /// What a muxer needs to know.
  CodecParametersPtr parameters() const;
  std::string name() const { return context_->codec->name; }
  const CudaDevice* card() const { return card_.get(); }
  /// Whether pictures of this form can go on into the same stream.
  bool accepts(const AVFrame& picture) const;

 private:
  Encoder(CodecContextPtr context, std::shared_ptr<const CudaDevice> card)
      : card_(std::move(card)), context_(std::move(context)) {}

  Result<void> receive(const OnPacket& onPacket);
  Error failure(int code) const;

  std::shared_ptr<const CudaDevice> card_;
  CodecContextPtr context_;
};

}  // namespace millrace
