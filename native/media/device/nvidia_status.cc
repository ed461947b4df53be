#include "media/device/nvidia_status.h"

#include <array>
#include <cstddef>

#include "media/device/shared_library.h"

namespace millrace {
namespace {

// NVML has no header among FFmpeg's: what is used of it, as its ABI has been since version 1 of
// each structure.
using NvmlDevice = void*;
struct NvmlMemory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};
struct NvmlUtilization {
  unsigned int gpu;
  unsigned int memory;
};
constexpr int kSuccess = 0;
constexpr int kInsufficientSize = 7;
constexpr int kGpuTemperature = 0;

/// NVML while it is initialised.
class Nvml {
 public:
  Nvml() : library_("libnvidia-ml.so.1") {
    if (!library_) return;
    auto* const init = library_.function<int()>("nvmlInit_v2");
    ready_ = init != nullptr && init() == kSuccess;
  }
  ~Nvml() {
    if (!ready_) return;
    if (auto* const shutdown = library_.function<int()>("nvmlShutdown")) shutdown();
  }
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  explicit operator bool() const { return ready_; }

  /// Whether there is such a function, and it answered.
  template <typename... Arguments>
  bool ask(const char* name, Arguments... arguments) const {
    return code(name, arguments...) == kSuccess;
  }

  /// NVML's own; -1: there is no such function.
  template <typename... Arguments>
  int code(const char* name, Arguments... arguments) const {
    auto* const function = library_.function<int(Arguments...)>(name);
    return function == nullptr ? -1 : function(arguments...);
  }

 private:
  SharedLibrary library_;
  bool ready_ = false;
};

/// The cards as CUDA counts them, by their places on the PCI bus: NVML counts otherwise. An empty
/// text: CUDA does not say.
std::vector<std::string> busIdsOfCards() {
  const SharedLibrary cuda("libcuda.so.1");
  if (!cuda) return {};
  auto* const init = cuda.function<int(unsigned int)>("cuInit");
  auto* const count = cuda.function<int(int*)>("cuDeviceGetCount");
  auto* const get = cuda.function<int(int*, int)>("cuDeviceGet");
  auto* const busId = cuda.function<int(char*, int, int)>("cuDeviceGetPCIBusId");
  int cards = 0;
  if (init == nullptr || count == nullptr || init(0) != kSuccess || count(&cards) != kSuccess)
    return {};
  std::vector<std::string> ids;
  for (int index = 0; index < cards; ++index) {
    std::array<char, 32> id{};
    int device = 0;
    const bool known = get != nullptr && busId != nullptr && get(&device, index) == kSuccess &&
                       busId(id.data(), static_cast<int>(id.size()) - 1, device) == kSuccess;
    ids.emplace_back(known ? id.data() : "");
  }
  return ids;
}

std::optional<NvmlDevice> handleOf(const Nvml& nvml, int index, const std::string& busId) {
  NvmlDevice device = nullptr;
  const bool found =
      busId.empty()
          ? nvml.ask("nvmlDeviceGetHandleByIndex_v2", static_cast<unsigned int>(index), &device)
          : nvml.ask("nvmlDeviceGetHandleByPciBusId_v2", busId.c_str(), &device);
  return found ? std::optional(device) : std::nullopt;
}

std::string textOf(const Nvml& nvml, const char* name, NvmlDevice device) {
  std::array<char, 96> text{};
  const auto size = static_cast<unsigned int>(text.size() - 1);
  return nvml.ask(name, device, text.data(), size) ? text.data() : "";
}

std::optional<int> unitPercent(const Nvml& nvml, const char* name, NvmlDevice device) {
  unsigned int percent = 0;
  unsigned int periodUs = 0;
  if (!nvml.ask(name, device, &percent, &periodUs)) return std::nullopt;
  return static_cast<int>(percent);
}

std::optional<int> encoderSessions(const Nvml& nvml, NvmlDevice device) {
  unsigned int sessions = 0;
  // Asked with room for none, it tells how many there are, as a failure when there are any.
  const int code =
      nvml.code("nvmlDeviceGetEncoderSessions", device, &sessions, static_cast<void*>(nullptr));
  if (code != kSuccess && code != kInsufficientSize) return std::nullopt;
  return static_cast<int>(sessions);
}

GpuStatus statusOf(const Nvml& nvml, int index, NvmlDevice device) {
  GpuStatus status;
  status.index = index;
  status.name = textOf(nvml, "nvmlDeviceGetName", device);
  status.uuid = textOf(nvml, "nvmlDeviceGetUUID", device);
  NvmlMemory memory{};
  if (nvml.ask("nvmlDeviceGetMemoryInfo", device, &memory)) {
    status.memoryUsedBytes = static_cast<std::int64_t>(memory.used);
    status.memoryTotalBytes = static_cast<std::int64_t>(memory.total);
  }
  NvmlUtilization utilization{};
  if (nvml.ask("nvmlDeviceGetUtilizationRates", device, &utilization))
    status.computePercent = static_cast<int>(utilization.gpu);
  status.encoderPercent = unitPercent(nvml, "nvmlDeviceGetEncoderUtilization", device);
  status.decoderPercent = unitPercent(nvml, "nvmlDeviceGetDecoderUtilization", device);
  status.encoderSessions = encoderSessions(nvml, device);
  unsigned int celsius = 0;
  if (nvml.ask("nvmlDeviceGetTemperature", device, kGpuTemperature, &celsius))
    status.temperatureCelsius = static_cast<int>(celsius);
  return status;
}

}  // namespace

std::vector<GpuStatus> nvidiaStatus() {
  std::vector<GpuStatus> statuses;
  const std::vector<std::string> busIds = busIdsOfCards();
  if (busIds.empty()) return statuses;
  const Nvml nvml;
  if (!nvml) return statuses;
  for (std::size_t card = 0; card < busIds.size(); ++card) {
    const int index = static_cast<int>(card);
    if (const auto device = handleOf(nvml, index, busIds[card]))
      statuses.push_back(statusOf(nvml, index, *device));
  }
  return statuses;
}

}  // namespace millrace
