// Part of the double of NVIDIA's libraries: copies, done before the call returns. What is said to
// be device memory must be: the real card would fault, so the double refuses.
#include <cstdint>
#include <cstring>

#include "driver.h"

namespace nvidia_double {
namespace {

CUresult startCopy() {
  int card = 0;
  const CUresult result = enter(card);
  if (result == CUDA_SUCCESS) Control::get().delay("copy", card);
  return result;
}

/// One side of a two-dimensional copy.
struct Side {
  CUmemorytype type;
  CUdeviceptr start;
  std::size_t pitch;

  bool holds(std::size_t width, std::size_t height) const {
    if (type == CU_MEMORYTYPE_HOST) return true;
    if (type != CU_MEMORYTYPE_DEVICE) return false;
    return pitch >= width && Driver::get().isDeviceMemory(start, (height - 1) * pitch + width);
  }
};

CUresult copyBytes(CUdeviceptr to, CUdeviceptr from, std::size_t size) {
  if (const CUresult result = startCopy(); result != CUDA_SUCCESS) return result;
  std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), size);
  return CUDA_SUCCESS;
}

CUdeviceptr addressOf(const void* memory) { return reinterpret_cast<CUdeviceptr>(memory); }

bool isDevice(CUdeviceptr address, std::size_t size) {
  return Driver::get().isDeviceMemory(address, size);
}

}  // namespace
}  // namespace nvidia_double

using namespace nvidia_double;

CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D* copy) {
  if (const CUresult result = startCopy(); result != CUDA_SUCCESS) return result;
  const std::size_t width = copy->WidthInBytes;
  const std::size_t height = copy->Height;
  if (width == 0 || height == 0) return CUDA_SUCCESS;
  Side from{copy->srcMemoryType, copy->srcDevice, copy->srcPitch};
  Side to{copy->dstMemoryType, copy->dstDevice, copy->dstPitch};
  if (from.type == CU_MEMORYTYPE_HOST) from.start = addressOf(copy->srcHost);
  if (to.type == CU_MEMORYTYPE_HOST) to.start = addressOf(copy->dstHost);
  from.start += copy->srcY * from.pitch + copy->srcXInBytes;
  to.start += copy->dstY * to.pitch + copy->dstXInBytes;
  if (!from.holds(width, height) || !to.holds(width, height)) return kInvalidValue;
  for (std::size_t row = 0; row < height; ++row)
    std::memcpy(reinterpret_cast<void*>(to.start + row * to.pitch),
                reinterpret_cast<const void*>(from.start + row * from.pitch), width);
  return CUDA_SUCCESS;
}

CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* copy, CUstream) { return cuMemcpy2D_v2(copy); }

CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t size) {
  return copyBytes(to, from, size);
}

CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream) {
  return copyBytes(to, from, size);
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t size) {
  return isDevice(to, size) ? copyBytes(to, addressOf(from), size) : kInvalidValue;
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t size, CUstream) {
  return cuMemcpyHtoD_v2(to, from, size);
}

CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t size) {
  return isDevice(from, size) ? copyBytes(addressOf(to), from, size) : kInvalidValue;
}

CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t size, CUstream) {
  return cuMemcpyDtoH_v2(to, from, size);
}

CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t size) {
  return isDevice(to, size) && isDevice(from, size) ? copyBytes(to, from, size) : kInvalidValue;
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream) {
  return cuMemcpyDtoD_v2(to, from, size);
}

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t size, CUstream) {
  if (const CUresult result = startCopy(); result != CUDA_SUCCESS) return result;
  if (!isDevice(to, size)) return kInvalidValue;
  std::memset(reinterpret_cast<void*>(to), value, size);
  return CUDA_SUCCESS;
}
