#include "media/device/nvidia_status.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

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

/// As NVML writes it: GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx.
std::string uuidText(const std::array<std::uint8_t, 16>& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "GPU";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 0 || i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 15U];
  }
  return text;
}

/// The cards as CUDA counts them, by the names that NVML knows them by, too: it counts otherwise.
std::vector<std::string> uuidsOfCards() {
  const SharedLibrary cuda("libcuda.so.1");
  if (!cuda) return {};
  auto* const init = cuda.function<int(unsigned int)>("cuInit");
  auto* const count = cuda.function<int(int*)>("cuDeviceGetCount");
  auto* const get = cuda.function<int(int*, int)>("cuDeviceGet");
  auto* const uuid = cuda.function<int(std::uint8_t*, int)>("cuDeviceGetUuid");
  int cards = 0;
  if (init == nullptr || count == nullptr || get == nullptr || uuid == nullptr ||
      init(0) != kSuccess || count(&cards) != kSuccess)
    return {};
  std::vector<std::string> uuids;
  for (int index = 0; index < cards; ++index) {
    std::array<std::uint8_t, 16> bytes{};
    int device = 0;
    const bool known = get(&device, index) == kSuccess && uuid(bytes.data(), device) == kSuccess;
    uuids.push_back(known ? uuidText(bytes) : "");
  }
  return uuids;
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

GpuStatus statusOf(const Nvml& nvml, int index, const std::string& uuid, NvmlDevice device) {
  GpuStatus status;
  status.index = index;
  status.name = textOf(nvml, "nvmlDeviceGetName", device);
  status.uuid = uuid;
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
  const std::vector<std::string> uuids = uuidsOfCards();
  if (uuids.empty()) return statuses;
  const Nvml nvml;
  unsigned int count = 0;
  if (!nvml || !nvml.ask("nvmlDeviceGetCount_v2", &count)) return statuses;
  for (unsigned int place = 0; place < count; ++place) {
    NvmlDevice device = nullptr;
    if (!nvml.ask("nvmlDeviceGetHandleByIndex_v2", place, &device)) continue;
    const std::string uuid = textOf(nvml, "nvmlDeviceGetUUID", device);
    const auto card = std::ranges::find(uuids, uuid);
    if (uuid.empty() || card == uuids.end()) continue;
    statuses.push_back(statusOf(nvml, static_cast<int>(card - uuids.begin()), *card, device));
  }
  std::ranges::sort(statuses, {}, &GpuStatus::index);
  return statuses;
}

}  // namespace millrace
