// Part of the double of NVIDIA's libraries: NVML. Memory and sessions are those that the double's
// other libraries have counted, in all processes of the control folder; the rest is what the
// control says.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>

#include "../double_control.h"
#include "../double_ledger.h"
#include "nvml_api.h"

struct nvmlDevice_st {
  int card;
};

namespace nvidia_double {
namespace {

constexpr nvmlReturn_t kSuccess = 0;
constexpr nvmlReturn_t kUninitialized = 1;
constexpr nvmlReturn_t kInvalidArgument = 2;
constexpr nvmlReturn_t kInsufficientSize = 7;
constexpr nvmlReturn_t kGpuIsLost = 15;

std::array<nvmlDevice_st, kMostCards> devices{{{0}, {1}, {2}, {3}}};
std::atomic<int> uses = 0;

nvmlReturn_t enter(nvmlDevice_t device) {
  if (uses == 0) return kUninitialized;
  if (device == nullptr || device->card >= Control::get().cards()) return kInvalidArgument;
  return Control::get().lost(device->card) ? kGpuIsLost : kSuccess;
}

nvmlReturn_t tellText(nvmlDevice_t device, const std::string& told, char* text, unsigned size) {
  if (const nvmlReturn_t result = enter(device); result != kSuccess) return result;
  if (told.size() >= size) return kInsufficientSize;
  std::snprintf(text, size, "%s", told.c_str());
  return kSuccess;
}

nvmlReturn_t tellNumber(nvmlDevice_t device, const char* key, unsigned otherwise,
                        unsigned* number) {
  if (const nvmlReturn_t result = enter(device); result != kSuccess) return result;
  *number = static_cast<unsigned>(Control::get().number(key, device->card, otherwise));
  return kSuccess;
}

nvmlReturn_t tellUnit(nvmlDevice_t device, const char* key, unsigned* percent, unsigned* periodUs) {
  *periodUs = 167'000;
  return tellNumber(device, key, 0, percent);
}

}  // namespace
}  // namespace nvidia_double

using namespace nvidia_double;

nvmlReturn_t nvmlInit_v2() {
  ++uses;
  return kSuccess;
}

nvmlReturn_t nvmlShutdown() {
  if (uses == 0) return kUninitialized;
  --uses;
  return kSuccess;
}

const char* nvmlErrorString(nvmlReturn_t result) {
  switch (result) {
    case kSuccess:
      return "Success";
    case kUninitialized:
      return "Uninitialized";
    case kInvalidArgument:
      return "Invalid Argument";
    case kInsufficientSize:
      return "Insufficient Size";
    case kGpuIsLost:
      return "GPU is lost";
    default:
      return "Unknown Error";
  }
}

nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned size) {
  if (uses == 0) return kUninitialized;
  std::snprintf(version, size, "0.0 (double)");
  return kSuccess;
}

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned* count) {
  *count = static_cast<unsigned>(Control::get().cards());
  return uses == 0 ? kUninitialized : kSuccess;
}

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t* device) {
  if (index >= devices.size()) return kInvalidArgument;
  *device = &devices[index];
  return enter(*device);
}

nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t device, unsigned* index) {
  *index = static_cast<unsigned>(device->card);
  return enter(device);
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned size) {
  const std::string called = "Double of an NVIDIA card " + std::to_string(device->card);
  return tellText(device, Control::get().text("name", device->card, called), name, size);
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned size) {
  return tellText(device, "GPU-d0b1e000-0000-0000-0000-00000000000" + std::to_string(device->card),
                  uuid, size);
}

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t* rates) {
  if (const nvmlReturn_t result = tellNumber(device, "gpu-utilization", 0, &rates->gpu);
      result != kSuccess)
    return result;
  return tellNumber(device, "memory-utilization", 0, &rates->memory);
}

nvmlReturn_t nvmlDeviceGetEncoderUtilization(nvmlDevice_t device, unsigned* percent,
                                             unsigned* periodUs) {
  return tellUnit(device, "encoder-utilization", percent, periodUs);
}

nvmlReturn_t nvmlDeviceGetDecoderUtilization(nvmlDevice_t device, unsigned* percent,
                                             unsigned* periodUs) {
  return tellUnit(device, "decoder-utilization", percent, periodUs);
}

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory) {
  if (const nvmlReturn_t result = enter(device); result != kSuccess) return result;
  const auto total = static_cast<unsigned long long>(
      Control::get().number("memory-bytes", device->card, kMemoryBytes));
  const auto used = static_cast<unsigned long long>(Ledger::get().memoryBytes(device->card));
  *memory = {total, used < total ? total - used : 0, used};
  return kSuccess;
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, int, unsigned* celsius) {
  return tellNumber(device, "temperature", 40, celsius);
}

nvmlReturn_t nvmlDeviceGetEncoderSessions(nvmlDevice_t device, unsigned* count,
                                          nvmlEncoderSessionInfo_t* sessions) {
  if (const nvmlReturn_t result = enter(device); result != kSuccess) return result;
  const auto open = static_cast<unsigned>(Ledger::get().encoders(device->card));
  const unsigned room = *count;
  *count = open;
  if (sessions == nullptr) return kSuccess;
  if (room < open) return kInsufficientSize;
  for (unsigned session = 0; session < open; ++session) {
    sessions[session] = {};
    sessions[session].sessionId = session;
  }
  return kSuccess;
}

nvmlReturn_t nvmlDeviceGetEncoderStats(nvmlDevice_t device, unsigned* sessions,
                                       unsigned* averageFps, unsigned* averageLatencyUs) {
  if (const nvmlReturn_t result = enter(device); result != kSuccess) return result;
  *sessions = static_cast<unsigned>(Ledger::get().encoders(device->card));
  *averageFps = 0;
  *averageLatencyUs = 0;
  return kSuccess;
}
