#include "media/video/device_upload.h"

extern "C" {
#include <libavutil/hwcontext.h>
}

#include <utility>

#include "media/video/cuda_scaler.h"

namespace millrace {
namespace {

// The full-range formats are their plain namesakes on a card, where the range is the frame's.
AVPixelFormat plainFormat(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  return format == AV_PIX_FMT_YUVJ420P ? AV_PIX_FMT_YUV420P : format;
}

}  // namespace

bool DeviceUpload::takes(const AVFrame& frame) {
  return CudaScaler::reads(plainFormat(frame)) && frame.width % 2 == 0 && frame.height % 2 == 0;
}

Result<FramePtr> DeviceUpload::upload(const AVFrame& frame) {
  const AVPixelFormat format = plainFormat(frame);
  const auto* known = frames_ ? reinterpret_cast<const AVHWFramesContext*>(frames_->data) : nullptr;
  if (known == nullptr || known->sw_format != format || known->width != frame.width ||
      known->height != frame.height) {
    Result<BufferPtr> frames = device_->framesOf(format, frame.width, frame.height);
    if (!frames) return frames.error();
    frames_ = std::move(*frames);
  }
  Result<FramePtr> copy = device_->upload(frame, *frames_);
  if (copy && frame.format == AV_PIX_FMT_YUVJ420P) (*copy)->color_range = AVCOL_RANGE_JPEG;
  return copy;
}

}  // namespace millrace
