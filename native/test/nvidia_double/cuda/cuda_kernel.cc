// Part of the double of NVIDIA's libraries: modules and launches. A kernel must be an entry of the
// module's PTX text, and then runs as the host's version of the same name.
#include <string>

#include "driver.h"
#include "host_kernels.h"

struct CUfunc_st {
  CUmodule module = nullptr;
  nvidia_double::HostKernel run = nullptr;
};

struct CUmod_st {
  std::string ptx;
  std::map<std::string, CUfunc_st> functions;
  std::atomic<std::int64_t> launches = 0;
};

namespace nvidia_double {
namespace {

bool hasEntry(const std::string& ptx, const std::string& name) {
  return ptx.find(".entry " + name + "(") != std::string::npos;
}

}  // namespace
}  // namespace nvidia_double

using namespace nvidia_double;

CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  int card = 0;
  if (const CUresult result = enter(card); result != CUDA_SUCCESS) return result;
  const std::string ptx = static_cast<const char*>(image);
  if (ptx.find(".version") == std::string::npos || ptx.find(".target") == std::string::npos)
    return kInvalidImage;
  auto loaded = std::make_unique<CUmod_st>();
  loaded->ptx = ptx;
  *module = loaded.release();
  return CUDA_SUCCESS;
}

CUresult cuModuleUnload(CUmodule module) {
  const std::unique_ptr<CUmod_st> owned(module);
  int card = 0;
  return enter(card);
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  int card = 0;
  if (const CUresult result = enter(card); result != CUDA_SUCCESS) return result;
  const HostKernel run = findHostKernel(name);
  if (run == nullptr || !hasEntry(module->ptx, name)) return kNotFound;
  *function = &module->functions.try_emplace(name, CUfunc_st{module, run}).first->second;
  return CUDA_SUCCESS;
}

CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ,
                        unsigned blockX, unsigned blockY, unsigned blockZ, unsigned, CUstream,
                        void** parameters, void** extra) {
  int card = 0;
  if (const CUresult result = enter(card); result != CUDA_SUCCESS) return result;
  if (function == nullptr) return kInvalidHandle;
  const bool empty = gridX * gridY * gridZ == 0 || blockX * blockY * blockZ == 0;
  if (empty || blockX * blockY * blockZ > 1024 || extra != nullptr) return kInvalidValue;
  Control::get().delay("launch", card);
  if (function->module->launches++ >= Control::get().number("fail-launch-after", card, kNever))
    return kLaunchFailed;
  function->run(parameters, {gridX, gridY, gridZ}, {blockX, blockY, blockZ});
  return CUDA_SUCCESS;
}
