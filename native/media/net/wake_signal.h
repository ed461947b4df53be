#pragma once

#include <stop_token>

#include "media/net/file_descriptor.h"

namespace millrace {

/// A descriptor that becomes readable, and stays so, when a stop token is stopped: what lets poll()
/// end at once. Owned by the thread that polls; the token may be stopped on any thread. The
/// constructor throws std::system_error when the process has no descriptor left.
class WakeSignal {
 public:
  explicit WakeSignal(std::stop_token stop);

  int descriptor() const { return descriptor_.get(); }
  bool stopped() const { return stop_.stop_requested(); }
  const std::stop_token& token() const { return stop_; }

 private:
  struct Raise {
    int descriptor;
    void operator()() const;
  };

  FileDescriptor descriptor_;
  std::stop_token stop_;
  // Last, so that it goes first: its destructor waits for a callback that is writing.
  std::stop_callback<Raise> onStop_;
};

}  // namespace millrace
