#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "media/error.h"

namespace millrace {

/// Bytes of a source as they arrive. Owned and used by one thread, the job's reader.
/// Every wait inside `read` ends at once when the stop token given at construction is stopped
/// (then kCancelled), and after the source's stall timeout (then kStalled).
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Waits for bytes and copies what is there, at least 1 and at most `into.size()`.
  /// 0 means the source ended properly.
  virtual Result<std::size_t> read(std::span<std::uint8_t> into) = 0;

  /// True when the last `read` took everything that had arrived: the next one will wait for the
  /// network. What tells a live source from one that can be read ahead.
  virtual bool drained() const = 0;
};

}  // namespace millrace
