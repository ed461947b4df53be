#pragma once

#include <memory>

#include "media/device/cuda_device.h"
#include "media/libav.h"

namespace millrace {

/// What Scaler is for pictures in a card's memory: brings them to a size and to NV12 or, for 10
/// bits, P010, with the same filter, in the card's memory. 4:2:0 of 8 to 16 bits comes in; colours
/// stay as they are. Rebuilds
/// itself when the source's size, format or range changes; takes new memory only then.
///
/// Threads: owned and used by one at a time. Does not outlive its device.
class CudaScaler {
 public:
  CudaScaler(std::shared_ptr<const CudaDevice> device, int width, int height, int bitDepth = 8);
  ~CudaScaler();
  CudaScaler(CudaScaler&&) noexcept;
  CudaScaler& operator=(CudaScaler&&) noexcept;

  /// Whether pictures of this format of the card's can be read.
  static bool reads(AVPixelFormat softwareFormat);

  /// A new picture, or a reference to `source` where nothing is to be done. The card may not have
  /// finished it when this returns: what follows on the device's stream comes after it.
  Result<FramePtr> scale(const AVFrame& source);

 private:
  struct Form {
    int width = 0;
    int height = 0;
    AVPixelFormat format = AV_PIX_FMT_NONE;
    bool fullRange = false;
    bool operator==(const Form&) const = default;
  };
  struct Plan;  ///< The card's memory for one form of source.

  Result<std::unique_ptr<Plan>> plan(const Form& form) const;
  Result<FramePtr> makeTarget();

  std::shared_ptr<const CudaDevice> device_;
  int width_;
  int height_;
  AVPixelFormat format_;
  Form known_;
  BufferPtr frames_;  ///< What is made comes from this pool, whatever comes in.
  std::unique_ptr<Plan> plan_;
};

/// The format that pictures in a card's memory have when they are taken to system memory.
AVPixelFormat softwareFormatOf(const AVFrame& frame);

}  // namespace millrace
