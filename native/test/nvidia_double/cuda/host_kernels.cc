#include "host_kernels.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "media/device/kernels/resample.h"

namespace nvidia_double {
namespace {

/// For the double's own tests: adds a number to each byte, one thread a byte.
void addToBytes(void** parameters, const Dimensions& grid, const Dimensions& block) {
  auto* bytes = *static_cast<std::uint8_t**>(parameters[0]);
  const auto size = *static_cast<std::uint32_t*>(parameters[1]);
  const auto added = *static_cast<std::uint32_t*>(parameters[2]);
  const std::size_t threads = std::size_t{grid.x} * block.x;
  for (std::size_t thread = 0; thread < threads && thread < size; ++thread)
    bytes[thread] = static_cast<std::uint8_t>(bytes[thread] + added);
}

using millrace::kernels::ResamplePass;

// The engine's own, from the same source as the card's.
template <void (*sample)(const ResamplePass&, int plane, int x, int y)>
void resample(void** parameters, const Dimensions& grid, const Dimensions& block) {
  const auto& pass = *static_cast<const ResamplePass*>(parameters[0]);
  const auto columns = static_cast<int>(grid.x * block.x);
  const auto rows = static_cast<int>(grid.y * block.y);
  for (int plane = 0; plane < static_cast<int>(grid.z); ++plane)
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < columns; ++x) sample(pass, plane, x, y);
}

constexpr std::pair<std::string_view, HostKernel> kKernels[] = {
    {"millrace_resample_across", resample<millrace::kernels::resampleAcross>},
    {"millrace_resample_down", resample<millrace::kernels::resampleDown>},
    {"double_add_to_bytes", addToBytes},
};

}  // namespace

HostKernel findHostKernel(std::string_view name) {
  for (const auto& [known, kernel] : kKernels)
    if (known == name) return kernel;
  return nullptr;
}

}  // namespace nvidia_double
