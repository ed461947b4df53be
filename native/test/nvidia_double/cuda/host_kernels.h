#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

#include <string_view>

namespace nvidia_double {

struct Dimensions {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
};

/// Does on the host what a kernel does on a card: all blocks, all threads of each, before it
/// returns. `parameters` are what cuLaunchKernel was given: a pointer to each argument.
using HostKernel = void (*)(void** parameters, const Dimensions& grid, const Dimensions& block);

/// The host's version of a kernel; null when it has none. A kernel is added in host_kernels.cc.
HostKernel findHostKernel(std::string_view name);

}  // namespace nvidia_double
