// Part of the double of NVIDIA's libraries: device memory, which is the host's, counted per card.
#include <cstdlib>

#include "driver.h"

using namespace nvidia_double;

CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t size) {
  int card = 0;
  const CUresult result = enter(card);
  return result == CUDA_SUCCESS ? Driver::get().allocate(*address, size, card) : result;
}

CUresult cuMemAllocPitch_v2(CUdeviceptr* address, size_t* pitch, size_t width, size_t height,
                            unsigned) {
  *pitch = (width + 511) / 512 * 512;
  return cuMemAlloc_v2(address, *pitch * height);
}

CUresult cuMemAllocManaged(CUdeviceptr* address, size_t size, unsigned) {
  return cuMemAlloc_v2(address, size);
}

CUresult cuMemFree_v2(CUdeviceptr address) {
  int card = 0;
  const CUresult result = enter(card);
  // The memory of a lost card is gone as well, whatever the call answers.
  const CUresult released = Driver::get().release(address);
  return result == CUDA_SUCCESS ? released : result;
}

CUresult cuMemGetInfo_v2(size_t* unused, size_t* total) {
  int card = 0;
  if (const CUresult result = enter(card); result != CUDA_SUCCESS) return result;
  if (const CUresult result = cuDeviceTotalMem_v2(total, card); result != CUDA_SUCCESS)
    return result;
  const auto used = static_cast<size_t>(Ledger::get().memoryBytes(card));
  *unused = used < *total ? *total - used : 0;
  return CUDA_SUCCESS;
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* size, CUdeviceptr address) {
  const auto block = Driver::get().blockOf(address);
  if (!block) return kNotFound;
  if (base != nullptr) *base = block->first;
  if (size != nullptr) *size = block->second.size;
  return CUDA_SUCCESS;
}

CUresult cuMemAllocHost_v2(void** memory, size_t size) {
  int card = 0;
  if (const CUresult result = enter(card); result != CUDA_SUCCESS) return result;
  return posix_memalign(memory, 4096, size) == 0 ? CUDA_SUCCESS : kOutOfMemory;
}

CUresult cuMemFreeHost(void* memory) {
  std::free(memory);
  return CUDA_SUCCESS;
}
