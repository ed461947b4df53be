#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

#include <memory>

extern "C" {
#include <libavcodec/avcodec.h>
}

#include "cuvid_api.h"

namespace nvidia_double {

/// Decodes pictures of one H.264 stream in the order in which they are sent: libavcodec's decoder,
/// which keeps the references itself. One thread at a time.
class H264Pictures {
 public:
  H264Pictures();

  bool isOpen() const { return open_; }
  /// The picture of these slices in the host's memory, or the frame of which they are the second
  /// field; null when nothing could be decoded. Good until the next call.
  const AVFrame* decode(const CUVIDPICPARAMS& picture);

 private:
  struct FrameDeleter {
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  };
  struct ContextDeleter {
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  };
  using Frame = std::unique_ptr<AVFrame, FrameDeleter>;

  static int giveBuffer(AVCodecContext* context, AVFrame* frame, int flags);

  bool open_ = false;
  bool mbaff_ = false;
  // What the decoder was last given to decode into: its output comes later, in display order.
  Frame inWork_;
  std::unique_ptr<AVCodecContext, ContextDeleter> decoder_;
};

}  // namespace nvidia_double
