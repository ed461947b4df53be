// std::random_device of the C++ library that is linked in asks glibc for arc4random, which
// only 2.36 has: one symbol that would keep the addon off Ubuntu 22.04. This definition, bound
// inside the addon, asks the kernel instead.
#include <sys/random.h>

#include <cstdint>
#include <cstdlib>

extern "C" std::uint32_t arc4random() noexcept {
  std::uint32_t value = 0;
  // Up to 256 bytes come whole once the kernel's generator is ready; a system call filter is the
  // one way to fail.
  if (getrandom(&value, sizeof value, 0) != sizeof value) std::abort();
  return value;
}
