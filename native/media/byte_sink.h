#pragma once

#include <cstdint>
#include <span>

#include "media/error.h"

namespace millrace {

/// Where the bytes of a rendition go. Owned and used by one thread, the sink's.
/// Every wait ends at once when the stop token given at construction is stopped (then kCancelled),
/// and after the output's timeout (then kStalled).
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  /// Returns when the last byte has been handed to the socket (or file). One call per access unit.
  virtual Result<void> write(std::span<const std::uint8_t> bytes) = 0;

  /// Ends the body properly and waits for the peer's verdict (the HTTP reply). Called at most once,
  /// after the last `write`. A sink that is destroyed without it breaks the connection off.
  virtual Result<void> finish() = 0;
};

}  // namespace millrace
