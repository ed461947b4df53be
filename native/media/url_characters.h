#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

/// What the files about URLs share: which characters are what.
namespace millrace {

// The C locale's answers whatever locale the host program has set.
constexpr bool isAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool isDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool isHexDigit(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

inline std::string lowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

constexpr bool isSchemeCharacter(char c) {
  return isAlpha(c) || isDigit(c) || c == '+' || c == '-' || c == '.';
}

/// Length of a leading `scheme:`, without the colon; 0 when there is none.
constexpr std::size_t schemeLength(std::string_view text) {
  if (text.empty() || !isAlpha(text.front())) return 0;
  const auto end = std::find_if_not(text.begin(), text.end(), isSchemeCharacter);
  return end != text.end() && *end == ':' ? static_cast<std::size_t>(end - text.begin()) : 0;
}

}  // namespace millrace
