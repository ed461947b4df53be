#pragma once

#include <optional>
#include <string>

namespace millrace {

/// What `reference` means inside the document at `base` (both http(s) URLs, or both files). An
/// absolute URL is itself. nullopt when the two make no URL.
std::optional<std::string> resolveReference(const std::string& base, const std::string& reference);

}  // namespace millrace
