#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace millrace {

/// Position behind the next start code (00 00 01) at or after `from`; the size of `bytes` when
/// none.
inline std::size_t behindStartCode(std::span<const std::uint8_t> bytes, std::size_t from) {
  for (std::size_t at = from + 2; at < bytes.size();) {
    const void* one = std::memchr(bytes.data() + at, 1, bytes.size() - at);
    if (one == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(one) - bytes.data());
    if (bytes[at - 1] == 0 && bytes[at - 2] == 0) return at + 1;
    ++at;
  }
  return bytes.size();
}

/// Calls `each` with every unit between start codes, which may end in zero bytes that belong to the
/// next start code. False when there is no start code.
template <typename Each>
bool forEachAnnexB(std::span<const std::uint8_t> bytes, Each each) {
  std::size_t start = behindStartCode(bytes, 0);
  if (start == bytes.size()) return bytes.empty();
  while (start < bytes.size()) {
    const std::size_t next = behindStartCode(bytes, start);
    const std::size_t end = next == bytes.size() ? next : next - 3;
    if (end > start) each(bytes.subspan(start, end - start));
    start = next;
  }
  return true;
}

/// Calls `each` with every unit behind its length. False when a length leaves the packet.
template <typename Each>
bool forEachLengthPrefixed(std::span<const std::uint8_t> bytes, std::size_t lengthSize, Each each) {
  while (!bytes.empty()) {
    if (bytes.size() < lengthSize) return false;
    std::size_t length = 0;
    for (std::size_t i = 0; i < lengthSize; ++i) length = length << 8 | bytes[i];
    bytes = bytes.subspan(lengthSize);
    if (length > bytes.size()) return false;
    if (length > 0) each(bytes.first(length));
    bytes = bytes.subspan(length);
  }
  return true;
}

}  // namespace millrace
