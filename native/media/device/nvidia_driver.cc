#include "media/device/nvidia_driver.h"

#include <dlfcn.h>

namespace millrace {

bool hasNvidiaDriver() {
  void* library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return false;
  dlclose(library);
  return true;
}

}  // namespace millrace
