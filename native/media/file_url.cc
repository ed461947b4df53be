#include "media/file_url.h"

#include <charconv>

#include "media/url.h"
#include "media/url_characters.h"

namespace millrace {
namespace {

std::optional<std::string> percentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && isHexDigit(text[i + 1]) && isHexDigit(text[i + 2]);
    if (!escape) {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
    decoded += static_cast<char>(value);
    i += 2;
  }
  if (decoded.find('\0') != std::string::npos) return std::nullopt;
  return decoded;
}

}  // namespace

bool isPlainPath(std::string_view urlOrPath) { return schemeOf(urlOrPath).empty(); }

std::optional<std::string> filePath(std::string_view urlOrPath) {
  if (isPlainPath(urlOrPath)) {
    if (urlOrPath.find('\0') != std::string_view::npos) return std::nullopt;
    return std::string(urlOrPath);
  }
  if (schemeOf(urlOrPath) != "file") return std::nullopt;
  std::string_view rest = urlOrPath.substr(std::string_view("file:").size());
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view host = rest.substr(0, slash);
    if (!host.empty() && lowerCase(host) != "localhost") return std::nullopt;
    rest.remove_prefix(slash);
  }
  return percentDecode(rest);
}

}  // namespace millrace
