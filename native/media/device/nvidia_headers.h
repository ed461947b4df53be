#pragma once

// NVIDIA's libraries by the headers that FFmpeg loads them with; a build against a distribution's
// FFmpeg may have none. Only for .cc files of this folder.
#if __has_include(<ffnvcodec/dynlink_loader.h>)
// The loader would write to the terminal that there is no driver; that is an answer, not a message.
#define FFNV_LOG_FUNC(context, ...)
#define FFNV_DEBUG_LOG_FUNC(context, ...)
#include <ffnvcodec/dynlink_loader.h>

#include <memory>
#define MILLRACE_HAS_NVIDIA_HEADERS 1

namespace millrace {

struct CudaFunctionsDeleter {
  void operator()(CudaFunctions* functions) const { cuda_free_functions(&functions); }
};
/// The driver library, loaded for as long as this lives.
using CudaFunctionsPtr = std::unique_ptr<CudaFunctions, CudaFunctionsDeleter>;

/// Null: there is no driver.
inline CudaFunctionsPtr loadCudaFunctions() {
  CudaFunctions* loaded = nullptr;
  if (cuda_load_functions(&loaded, nullptr) < 0) return nullptr;
  return CudaFunctionsPtr(loaded);
}

}  // namespace millrace
#else
#define MILLRACE_HAS_NVIDIA_HEADERS 0
#endif
