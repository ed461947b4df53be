// Part of the double of NVIDIA's libraries: what the driver calls its results.
#include <algorithm>
#include <iterator>

#include "cuda_api.h"

namespace nvidia_double {
namespace {

struct Meaning {
  CUresult result;
  const char* name;
  const char* text;
};

constexpr Meaning kMeanings[] = {
    {CUDA_SUCCESS, "CUDA_SUCCESS", "no error"},
    {kInvalidValue, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {kOutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {kDeviceUnavailable, "CUDA_ERROR_DEVICE_UNAVAILABLE",
     "CUDA-capable device(s) is/are busy or unavailable"},
    {kNoDevice, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {kInvalidDevice, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {kInvalidImage, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {kInvalidContext, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {kInvalidHandle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {kNotFound, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CUDA_ERROR_NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {kIllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {kLaunchFailed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {kNotSupported, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {CUDA_ERROR_UNKNOWN, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

CUresult tell(CUresult result, const char* Meaning::*which, const char** text) {
  const auto* found = std::find_if(std::begin(kMeanings), std::end(kMeanings),
                                   [&](const Meaning& each) { return each.result == result; });
  const bool known = found != std::end(kMeanings);
  *text = known ? found->*which : nullptr;
  return known ? CUDA_SUCCESS : kInvalidValue;
}

}  // namespace
}  // namespace nvidia_double

using namespace nvidia_double;

CUresult cuGetErrorName(CUresult result, const char** name) {
  return tell(result, &Meaning::name, name);
}

CUresult cuGetErrorString(CUresult result, const char** text) {
  return tell(result, &Meaning::text, text);
}
