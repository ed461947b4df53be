#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// True for what names a file by its path alone, not by a `file:` URL.
bool isPlainPath(std::string_view urlOrPath);

/// The path that a `file:` URL or a plain path names, percent-decoded in a URL. nullopt when it
/// names another machine or holds a NUL.
std::optional<std::string> filePath(std::string_view urlOrPath);

}  // namespace millrace
