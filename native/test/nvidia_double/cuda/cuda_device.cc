// Part of the double of NVIDIA's libraries: the driver's questions about cards.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "driver.h"

namespace nvidia_double {
namespace {

constexpr int kComputeMajor = 8;
constexpr int kComputeMinor = 9;

std::string busId(int card) { return "00000000:0" + std::to_string(card + 1) + ":00.0"; }

CUresult copyText(char* text, int size, const std::string& from) {
  std::snprintf(text, static_cast<std::size_t>(std::max(size, 0)), "%s", from.c_str());
  return CUDA_SUCCESS;
}

}  // namespace
}  // namespace nvidia_double

using namespace nvidia_double;

CUresult cuInit(unsigned) { return Control::get().cards() > 0 ? CUDA_SUCCESS : kNoDevice; }

CUresult cuDriverGetVersion(int* version) {
  *version = 12040;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int* count) {
  *count = Control::get().cards();
  return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  if (!Driver::get().knows(ordinal)) return kInvalidDevice;
  *device = ordinal;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char* name, int size, CUdevice device) {
  if (!Driver::get().knows(device)) return kInvalidDevice;
  const std::string called = "Double of an NVIDIA card " + std::to_string(device);
  return copyText(name, size, Control::get().text("name", device, called));
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice device) {
  if (!Driver::get().knows(device)) return kInvalidDevice;
  switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT:
      *value = 512;
      break;
    case CU_DEVICE_ATTRIBUTE_TEXTURE_PITCH_ALIGNMENT:
      *value = 32;
      break;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
      *value = 1;
      break;
    case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
      *value = 1;
      break;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
      *value = kComputeMajor;
      break;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
      *value = kComputeMinor;
      break;
    case CU_DEVICE_ATTRIBUTE_PCI_BUS_ID:
      *value = device + 1;
      break;
    default:
      *value = 0;
  }
  return CUDA_SUCCESS;
}

CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
  if (!Driver::get().knows(device)) return kInvalidDevice;
  *major = kComputeMajor;
  *minor = kComputeMinor;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device) {
  if (!Driver::get().knows(device)) return kInvalidDevice;
  // As the double's NVML writes it: GPU-d0b1e000-0000-0000-0000-00000000000N.
  *uuid = {};
  uuid->bytes[0] = static_cast<char>(0xd0);
  uuid->bytes[1] = static_cast<char>(0xb1);
  uuid->bytes[2] = static_cast<char>(0xe0);
  uuid->bytes[15] = static_cast<char>(device);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device) { return cuDeviceGetUuid(uuid, device); }

CUresult cuDeviceGetPCIBusId(char* id, int size, CUdevice device) {
  if (!Driver::get().knows(device)) return kInvalidDevice;
  return copyText(id, size, busId(device));
}

CUresult cuDeviceGetByPCIBusId(CUdevice* device, const char* id) {
  for (int card = 0; Driver::get().knows(card); ++card) {
    if (busId(card) != id) continue;
    *device = card;
    return CUDA_SUCCESS;
  }
  return kInvalidDevice;
}

CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
  if (!Driver::get().knows(device)) return kInvalidDevice;
  *bytes = static_cast<size_t>(Control::get().number("memory-bytes", device, kMemoryBytes));
  return CUDA_SUCCESS;
}
