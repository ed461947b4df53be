#include "media/device/kernel_image.h"

namespace millrace {

const char* kernelImage() {
#ifdef MILLRACE_HAS_KERNELS
  return
#include "resample.ptx.inc"
      ;
#else
  return "";
#endif
}

}  // namespace millrace
