#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.
// Declares the driver's functions with the very types that FFmpeg's loader calls them by.

#include <ffnvcodec/dynlink_cuda.h>

namespace nvidia_double {
// The headers name only the results that FFmpeg asks for.
inline constexpr auto kInvalidValue = static_cast<CUresult>(1);
inline constexpr auto kOutOfMemory = static_cast<CUresult>(2);
inline constexpr auto kDeviceUnavailable = static_cast<CUresult>(46);
inline constexpr auto kNoDevice = static_cast<CUresult>(100);
inline constexpr auto kInvalidDevice = static_cast<CUresult>(101);
inline constexpr auto kInvalidImage = static_cast<CUresult>(200);
inline constexpr auto kInvalidContext = static_cast<CUresult>(201);
inline constexpr auto kInvalidHandle = static_cast<CUresult>(400);
inline constexpr auto kNotFound = static_cast<CUresult>(500);
inline constexpr auto kIllegalAddress = static_cast<CUresult>(700);
inline constexpr auto kLaunchFailed = static_cast<CUresult>(719);
inline constexpr auto kNotSupported = static_cast<CUresult>(801);
}  // namespace nvidia_double

#pragma GCC visibility push(default)
extern "C" {
tcuInit cuInit;
tcuDriverGetVersion cuDriverGetVersion;
tcuGetErrorName cuGetErrorName;
tcuGetErrorString cuGetErrorString;

tcuDeviceGetCount cuDeviceGetCount;
tcuDeviceGet cuDeviceGet;
tcuDeviceGetAttribute cuDeviceGetAttribute;
tcuDeviceGetName cuDeviceGetName;
tcuDeviceGetUuid cuDeviceGetUuid;
tcuDeviceGetUuid_v2 cuDeviceGetUuid_v2;
tcuDeviceGetByPCIBusId cuDeviceGetByPCIBusId;
tcuDeviceGetPCIBusId cuDeviceGetPCIBusId;
tcuDeviceComputeCapability cuDeviceComputeCapability;
CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device);

tcuCtxCreate_v2 cuCtxCreate_v2;
tcuCtxDestroy_v2 cuCtxDestroy_v2;
tcuCtxGetCurrent cuCtxGetCurrent;
CUresult cuCtxSetCurrent(CUcontext context);
tcuCtxSetLimit cuCtxSetLimit;
tcuCtxPushCurrent_v2 cuCtxPushCurrent_v2;
tcuCtxPopCurrent_v2 cuCtxPopCurrent_v2;
tcuCtxGetDevice cuCtxGetDevice;
CUresult cuCtxSynchronize();
tcuDevicePrimaryCtxRetain cuDevicePrimaryCtxRetain;
tcuDevicePrimaryCtxRelease cuDevicePrimaryCtxRelease;
tcuDevicePrimaryCtxRelease cuDevicePrimaryCtxRelease_v2;
tcuDevicePrimaryCtxSetFlags cuDevicePrimaryCtxSetFlags;
tcuDevicePrimaryCtxSetFlags cuDevicePrimaryCtxSetFlags_v2;
tcuDevicePrimaryCtxGetState cuDevicePrimaryCtxGetState;
tcuDevicePrimaryCtxReset cuDevicePrimaryCtxReset;
tcuDevicePrimaryCtxReset cuDevicePrimaryCtxReset_v2;

tcuMemAlloc_v2 cuMemAlloc_v2;
tcuMemAllocPitch_v2 cuMemAllocPitch_v2;
tcuMemAllocManaged cuMemAllocManaged;
tcuMemFree_v2 cuMemFree_v2;
CUresult cuMemGetInfo_v2(size_t* unused, size_t* total);
CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* size, CUdeviceptr address);
CUresult cuMemAllocHost_v2(void** memory, size_t size);
CUresult cuMemFreeHost(void* memory);

tcuMemsetD8Async cuMemsetD8Async;
tcuMemcpy cuMemcpy;
tcuMemcpyAsync cuMemcpyAsync;
tcuMemcpy2D_v2 cuMemcpy2D_v2;
tcuMemcpy2DAsync_v2 cuMemcpy2DAsync_v2;
tcuMemcpyHtoD_v2 cuMemcpyHtoD_v2;
tcuMemcpyHtoDAsync_v2 cuMemcpyHtoDAsync_v2;
tcuMemcpyDtoH_v2 cuMemcpyDtoH_v2;
tcuMemcpyDtoHAsync_v2 cuMemcpyDtoHAsync_v2;
tcuMemcpyDtoD_v2 cuMemcpyDtoD_v2;
tcuMemcpyDtoDAsync_v2 cuMemcpyDtoDAsync_v2;

tcuStreamCreate cuStreamCreate;
tcuStreamQuery cuStreamQuery;
tcuStreamSynchronize cuStreamSynchronize;
tcuStreamDestroy_v2 cuStreamDestroy_v2;
tcuStreamAddCallback cuStreamAddCallback;
tcuStreamWaitEvent cuStreamWaitEvent;
tcuEventCreate cuEventCreate;
tcuEventDestroy_v2 cuEventDestroy_v2;
tcuEventSynchronize cuEventSynchronize;
tcuEventQuery cuEventQuery;
tcuEventRecord cuEventRecord;

tcuModuleLoadData cuModuleLoadData;
tcuModuleUnload cuModuleUnload;
tcuModuleGetFunction cuModuleGetFunction;
tcuLaunchKernel cuLaunchKernel;
}
#pragma GCC visibility pop
