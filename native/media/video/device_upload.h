#pragma once

#include <memory>

#include "media/device/cuda_device.h"
#include "media/libav.h"

namespace millrace {

/// Takes pictures that the CPU has decoded to a card, once for all renditions. Owned and used by
/// one thread, the decode stage's. Does not outlive its device.
class DeviceUpload {
 public:
  explicit DeviceUpload(std::shared_ptr<const CudaDevice> device) : device_(std::move(device)) {}

  /// Whether the card scales pictures of this form. Others (4:2:2, odd sides, ten bits in planes)
  /// are left to the CPU.
  static bool takes(const AVFrame& frame);

  /// A copy in the card's memory.
  Result<FramePtr> upload(const AVFrame& frame);

 private:
  std::shared_ptr<const CudaDevice> device_;
  BufferPtr frames_;  ///< Of the last picture's form.
};

}  // namespace millrace
