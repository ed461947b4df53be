#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// How one GPU is at the moment, all processes together. What its driver does not say is absent.
struct GpuStatus {
  int index = 0;  ///< As CUDA counts, which is as the rest of Millrace does.
  std::string name;
  std::string uuid;
  std::optional<std::int64_t> memoryUsedBytes;
  std::optional<std::int64_t> memoryTotalBytes;
  std::optional<int> computePercent;  ///< 0 to 100, of the driver's last sampling period.
  std::optional<int> encoderPercent;
  std::optional<int> decoderPercent;
  std::optional<int> encoderSessions;
  std::optional<int> temperatureCelsius;
};

/// Asks NVIDIA's management library (NVML) about every card that CUDA shows this process. Opens no
/// context and no session. Empty where there is no card or no such library. Takes some tens of
/// milliseconds; any thread; never throws.
std::vector<GpuStatus> nvidiaStatus();

}  // namespace millrace
