#include "media/net/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace millrace {
namespace {

constexpr int kMappedPrefixBits = 96;
constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// ::ffff:a.b.c.d reaches the very host that a.b.c.d does, so it must meet the same rules.
IpAddress fromV6Bytes(const std::uint8_t* bytes) {
  IpAddress address;
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes)) {
    std::copy_n(bytes + kMappedPrefix.size(), 4, address.bytes.begin());
    return address;
  }
  address.isV4 = false;
  std::copy_n(bytes, 16, address.bytes.begin());
  return address;
}

}  // namespace

std::optional<IpAddress> parseIpAddress(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  std::copy(text.begin(), text.end(), terminated.begin());

  IpAddress v4;
  if (inet_pton(AF_INET, terminated.data(), v4.bytes.data()) == 1) return v4;
  std::array<std::uint8_t, 16> v6{};
  if (inet_pton(AF_INET6, terminated.data(), v6.data()) == 1) return fromV6Bytes(v6.data());
  return std::nullopt;
}

std::optional<IpAddress> ipAddressOf(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    IpAddress result;
    std::memcpy(result.bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
    return result;
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return fromV6Bytes(v6.sin6_addr.s6_addr);
  }
  return std::nullopt;
}

bool Cidr::contains(const IpAddress& address) const {
  if (address.isV4 != network.isV4) return false;
  const auto wholeBytes = static_cast<std::size_t>(prefixBits / 8);
  const auto wholeEnd = network.bytes.begin() + static_cast<std::ptrdiff_t>(wholeBytes);
  if (!std::equal(network.bytes.begin(), wholeEnd, address.bytes.begin())) return false;
  const int restBits = prefixBits % 8;
  if (restBits == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - restBits));
  return (network.bytes.at(wholeBytes) & mask) == (address.bytes.at(wholeBytes) & mask);
}

std::optional<Cidr> parseCidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view addressText = text.substr(0, slash);
  const auto address = parseIpAddress(addressText);
  if (!address) return std::nullopt;
  const bool writtenAsV6 = addressText.find(':') != std::string_view::npos;
  const int maxBits = writtenAsV6 ? 128 : 32;

  int prefixBits = maxBits;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const char* end = digits.data() + digits.size();
    const auto [rest, failure] = std::from_chars(digits.data(), end, prefixBits);
    if (failure != std::errc{} || rest != end || prefixBits < 0 || prefixBits > maxBits) {
      return std::nullopt;
    }
  }
  if (writtenAsV6 && address->isV4) {
    // A block of mapped addresses is a block of IPv4; a wider one would be neither.
    if (prefixBits < kMappedPrefixBits) return std::nullopt;
    prefixBits -= kMappedPrefixBits;
  }
  return Cidr{*address, prefixBits};
}

}  // namespace millrace
