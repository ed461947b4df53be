#include "media/job/freed_memory.h"

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace millrace {
namespace {

#ifdef __GLIBC__
// glibc's own starting value.
constexpr int kLargeBlockBytes = 128 * 1024;
#endif

}  // namespace

void keepFreedMemoryLow() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, kLargeBlockBytes);
  mallopt(M_TRIM_THRESHOLD, kLargeBlockBytes);
#endif
}

void returnFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace millrace
