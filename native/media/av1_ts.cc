#include "media/av1_ts.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace millrace {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Buffer = std::vector<std::uint8_t>;

constexpr std::array<std::uint8_t, 3> kStartCode{0, 0, 1};
constexpr std::uint8_t kEscape = 3;

// AV1, section 5.3.
constexpr std::uint8_t kForbiddenBit = 0x80;
constexpr std::uint8_t kExtensionBit = 0x04;
constexpr std::uint8_t kSizeBit = 0x02;
constexpr int kSequenceHeader = 1;
constexpr std::size_t kMostSizeBytes = 8;

int typeOf(std::uint8_t header) { return (header >> 3) & 0x0f; }

/// An OBU's parts, of bytes that it may not fill.
struct Obu {
  std::size_t headerBytes;   ///< One, or two with an extension.
  std::size_t payloadAt;     ///< Behind the size, if there is one.
  std::size_t payloadBytes;  ///< To the end of the bytes where there is none.
};

// Nothing: these bytes are no OBU, or not a whole one.
std::optional<Obu> parse(Bytes bytes) {
  if (bytes.empty() || (bytes[0] & kForbiddenBit) != 0) return std::nullopt;
  const std::size_t headerBytes = (bytes[0] & kExtensionBit) != 0 ? 2 : 1;
  if (bytes.size() < headerBytes) return std::nullopt;
  if ((bytes[0] & kSizeBit) == 0) return Obu{headerBytes, headerBytes, bytes.size() - headerBytes};
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < kMostSizeBytes && headerBytes + i < bytes.size(); ++i) {
    const std::uint8_t byte = bytes[headerBytes + i];
    size |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    const std::size_t payloadAt = headerBytes + i + 1;
    if (size > bytes.size() - payloadAt) return std::nullopt;
    return Obu{headerBytes, payloadAt, static_cast<std::size_t>(size)};
  }
  return std::nullopt;
}

void escape(Bytes bytes, Buffer& out) {
  int zeros = 0;
  for (const std::uint8_t byte : bytes) {
    if (zeros == 2 && byte <= kEscape) {
      out.push_back(kEscape);
      zeros = 0;
    }
    out.push_back(byte);
    zeros = byte == 0 ? zeros + 1 : 0;
  }
}

void unescape(Bytes bytes, Buffer& out) {
  int zeros = 0;
  out.clear();
  for (const std::uint8_t byte : bytes) {
    if (zeros == 2 && byte == kEscape) {
      zeros = 0;
      continue;
    }
    out.push_back(byte);
    zeros = byte == 0 ? std::min(zeros + 1, 2) : 0;
  }
}

void appendSized(Bytes bytes, const Obu& obu, Buffer& out) {
  out.push_back(bytes[0] | kSizeBit);
  if (obu.headerBytes == 2) out.push_back(bytes[1]);
  std::size_t size = obu.payloadBytes;
  for (; size >= 0x80; size >>= 7) out.push_back(static_cast<std::uint8_t>(size | 0x80));
  out.push_back(static_cast<std::uint8_t>(size));
  const Bytes payload = bytes.subspan(obu.payloadAt, obu.payloadBytes);
  out.insert(out.end(), payload.begin(), payload.end());
}

std::size_t findStartCode(Bytes bytes, std::size_t from) {
  const auto found = std::search(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(),
                                 kStartCode.begin(), kStartCode.end());
  return static_cast<std::size_t>(found - bytes.begin());
}

Av1AccessUnit withoutStartCodes(Bytes payload) {
  Av1AccessUnit unit{{payload.begin(), payload.end()}, {}};
  for (std::optional<Obu> obu; !payload.empty() && (obu = parse(payload));
       payload = payload.subspan(obu->payloadAt + obu->payloadBytes))
    if (typeOf(payload[0]) == kSequenceHeader && unit.sequenceHeader.empty())
      appendSized(payload, *obu, unit.sequenceHeader);
  return unit;
}

}  // namespace

std::vector<std::uint8_t> toTsObus(Bytes accessUnit) {
  Buffer out;
  out.reserve(accessUnit.size() + accessUnit.size() / 64 + 32);
  while (const std::optional<Obu> obu = parse(accessUnit)) {
    const std::size_t bytes = obu->payloadAt + obu->payloadBytes;
    out.insert(out.end(), kStartCode.begin(), kStartCode.end());
    escape(accessUnit.first(bytes), out);
    accessUnit = accessUnit.subspan(bytes);
  }
  return out;
}

Av1AccessUnit fromTsObus(Bytes payload) {
  std::size_t at = findStartCode(payload, 0);
  // A start code may have zeros before it, and nothing else.
  const auto lead = payload.first(std::min(at, payload.size()));
  if (at == payload.size() || std::any_of(lead.begin(), lead.end(), [](auto b) { return b != 0; }))
    return withoutStartCodes(payload);
  Av1AccessUnit unit;
  unit.bytes.reserve(payload.size());
  Buffer plain;
  while (at < payload.size()) {
    const std::size_t begin = at + kStartCode.size();
    at = findStartCode(payload, begin);
    unescape(payload.subspan(begin, at - begin), plain);
    const std::optional<Obu> obu = parse(plain);
    if (!obu) break;
    appendSized(plain, *obu, unit.bytes);
    if (typeOf(plain[0]) == kSequenceHeader && unit.sequenceHeader.empty())
      appendSized(plain, *obu, unit.sequenceHeader);
  }
  return unit;
}

}  // namespace millrace
