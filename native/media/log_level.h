#pragma once

#include <cstdint>

namespace millrace {

/// From the most urgent to the least.
enum class LogLevel : std::uint8_t { kError, kWarning, kInfo, kDebug };

}  // namespace millrace
