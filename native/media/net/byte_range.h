#pragma once

#include <cstdint>
#include <optional>

namespace millrace {

/// A part of a resource, as a playlist names it.
struct ByteRange {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;  ///< At least 1; absent: to the end.
};

}  // namespace millrace
