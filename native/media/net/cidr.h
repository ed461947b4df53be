#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

struct sockaddr;

namespace millrace {

/// An IPv4 or IPv6 address as bytes. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is IPv4.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  ///< Network order; the first 4 for IPv4.
  bool isV4 = true;

  bool operator==(const IpAddress&) const = default;
};

std::optional<IpAddress> parseIpAddress(std::string_view text);
/// nullopt for a family other than IPv4 and IPv6.
std::optional<IpAddress> ipAddressOf(const sockaddr& address);

/// A block of addresses: all that share the first `prefixBits` bits.
struct Cidr {
  IpAddress network;
  int prefixBits = 0;

  bool contains(const IpAddress& address) const;
};

/// `10.0.0.0/8`, `fd00::/8`; an address without a prefix is a block of one. Bits behind the prefix
/// are ignored. nullopt for anything else, white space included.
std::optional<Cidr> parseCidr(std::string_view text);

}  // namespace millrace
