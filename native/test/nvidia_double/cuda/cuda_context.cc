// Part of the double of NVIDIA's libraries: contexts, and which of them a thread works in. These
// calls do not touch the card, so they go on succeeding once it is lost, as the real ones do.
#include <vector>

#include "driver.h"

namespace nvidia_double {
namespace {

std::vector<CUcontext>& contextStack() {
  thread_local std::vector<CUcontext> stack;
  return stack;
}

}  // namespace

CUcontext currentContext() { return contextStack().empty() ? nullptr : contextStack().back(); }

}  // namespace nvidia_double

using namespace nvidia_double;

CUresult cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice device) {
  const CUresult result = Driver::get().create(*context, flags, device);
  if (result == CUDA_SUCCESS) contextStack().push_back(*context);
  return result;
}

CUresult cuCtxDestroy_v2(CUcontext context) {
  if (currentContext() == context && context != nullptr) contextStack().pop_back();
  return Driver::get().destroy(context);
}

CUresult cuCtxGetCurrent(CUcontext* context) {
  *context = currentContext();
  return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext context) {
  if (!contextStack().empty()) contextStack().pop_back();
  if (context != nullptr) contextStack().push_back(context);
  return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent_v2(CUcontext context) {
  if (context == nullptr) return kInvalidContext;
  contextStack().push_back(context);
  return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent_v2(CUcontext* context) {
  if (contextStack().empty()) return kInvalidContext;
  if (context != nullptr) *context = contextStack().back();
  contextStack().pop_back();
  return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice* device) {
  if (currentContext() == nullptr) return kInvalidContext;
  *device = currentContext()->card;
  return CUDA_SUCCESS;
}

CUresult cuCtxSetLimit(CUlimit, size_t) {
  int card = 0;
  return enter(card);
}

CUresult cuCtxSynchronize() {
  int card = 0;
  return enter(card);
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  return Driver::get().retainPrimary(*context, device);
}

CUresult cuDevicePrimaryCtxRelease(CUdevice device) { return Driver::get().releasePrimary(device); }
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  return Driver::get().releasePrimary(device);
}

CUresult cuDevicePrimaryCtxSetFlags(CUdevice device, unsigned flags) {
  return Driver::get().setPrimaryFlags(device, flags);
}
CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
  return Driver::get().setPrimaryFlags(device, flags);
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
  bool isActive = false;
  const CUresult result = Driver::get().primaryState(device, *flags, isActive);
  *active = isActive ? 1 : 0;
  return result;
}

CUresult cuDevicePrimaryCtxReset(CUdevice device) { return Driver::get().resetPrimary(device); }
CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) { return Driver::get().resetPrimary(device); }
