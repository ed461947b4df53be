#pragma once

#include <string>

#include "media/error.h"

namespace millrace {

/// What NVIDIA's driver answered, as an error of stage device. `cause` is the driver's or libav's
/// line with the driver's own word in it (CUDA_ERROR_…, or NVENC's): that word decides between
/// kDeviceLost, kDeviceOutOfMemory, kDeviceSessionsExhausted and kDeviceFailed.
Error deviceError(std::string message, std::string cause);
/// The same of a libav call that failed on this thread, with the last line that it logged.
Error deviceError(std::string message, int libavCode);

/// Whether an error is about a card and not about the media.
bool isOfDevice(const Error& error);

}  // namespace millrace
