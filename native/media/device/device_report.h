#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

/// One GPU and what its units can do, as the driver says.
struct GpuReport {
  int index = 0;
  std::string name;
  std::int64_t memoryBytes = 0;      ///< 0: the driver does not say.
  std::vector<std::string> decodes;  ///< Codec names with a hardware decoder, e.g. h264, hevc, av1.
  bool scales = false;               ///< Whether it runs CUDA kernels, which is what scales.
  std::vector<std::string>
      encodes;  ///< Codec names with a hardware encoder; empty: no encoder unit.
};

struct DeviceReport {
  std::vector<GpuReport> gpus;
  std::string gpuProblem;  ///< Why no GPU can be used, e.g. no driver; empty when one can.
  std::vector<std::string> cpuDecodes;
  std::vector<std::string> cpuEncodes;
  int cpuCores = 0;
  std::string ffmpegVersion;
  std::string ffmpegLicense;
};

/// Asks the driver, which takes up to a second the first time. Safe from any thread; never throws.
DeviceReport reportDevices();

}  // namespace millrace
