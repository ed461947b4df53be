#include "media/net/wake_signal.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace millrace {
namespace {

int makeDescriptor() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return descriptor;
}

}  // namespace

WakeSignal::WakeSignal(std::stop_token stop)
    : descriptor_(makeDescriptor()),
      stop_(std::move(stop)),
      onStop_(stop_, Raise{descriptor_.get()}) {}

void WakeSignal::Raise::operator()() const { eventfd_write(descriptor, 1); }

}  // namespace millrace
