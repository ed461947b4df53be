#include "media/device/device_error.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "media/libav.h"

namespace millrace {
namespace {

bool has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

ErrorCode codeOf(std::string_view cause) {
  // What a driver that has given all its sessions says: GeForce's of before and of after 2022.
  const bool full = has(cause, "out of memory") || has(cause, "incompatible client key");
  if (has(cause, "OpenEncodeSessionEx failed") && full) return ErrorCode::kDeviceSessionsExhausted;
  if (has(cause, "CUDA_ERROR_OUT_OF_MEMORY") || has(cause, "out of memory") ||
      has(cause, "Cannot allocate memory"))
    return ErrorCode::kDeviceOutOfMemory;
  // After any of these, every call of the process on this card fails.
  constexpr std::array<std::string_view, 12> kLost{"CUDA_ERROR_DEVICE_UNAVAILABLE",
                                                   "CUDA_ERROR_NO_DEVICE",
                                                   "CUDA_ERROR_INVALID_DEVICE",
                                                   "CUDA_ERROR_DEINITIALIZED",
                                                   "CUDA_ERROR_ECC_UNCORRECTABLE",
                                                   "CUDA_ERROR_CONTEXT_IS_DESTROYED",
                                                   "CUDA_ERROR_INVALID_CONTEXT",
                                                   "CUDA_ERROR_ILLEGAL_ADDRESS",
                                                   "CUDA_ERROR_LAUNCH_FAILED",
                                                   "CUDA_ERROR_LAUNCH_TIMEOUT",
                                                   "CUDA_ERROR_UNKNOWN",
                                                   "device does not exist"};
  const bool lost = std::any_of(kLost.begin(), kLost.end(),
                                [&](std::string_view word) { return has(cause, word); });
  return lost ? ErrorCode::kDeviceLost : ErrorCode::kDeviceFailed;
}

}  // namespace

Error deviceError(std::string message, std::string cause) {
  const ErrorCode code = codeOf(cause);
  return Error{.code = code,
               .stage = Stage::kDevice,
               .message = std::move(message),
               .cause = std::move(cause)};
}

Error deviceError(std::string message, int libavCode) {
  Error error = libavError(ErrorCode::kDeviceFailed, Stage::kDevice, std::move(message), libavCode);
  error.code = codeOf(error.cause);
  return error;
}

bool isOfDevice(const Error& error) { return error.stage == Stage::kDevice; }

}  // namespace millrace
