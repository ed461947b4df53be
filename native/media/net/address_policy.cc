#include "media/net/address_policy.h"

#include <algorithm>

#include "media/net/cidr.h"

namespace millrace {
namespace {

/// RFC 6052, section 2.1: 64:ff9b::/96 carries an IPv4 address in its last four bytes.
constexpr std::array<std::uint8_t, 12> kNat64Prefix = {0x00, 0x64, 0xff, 0x9b};

std::vector<IpAddress> meaningsOf(const IpAddress& address) {
  std::vector<IpAddress> meanings{address};
  const bool unspecified = std::all_of(address.bytes.begin(), address.bytes.end(),
                                       [](std::uint8_t byte) { return byte == 0; });
  if (unspecified) {
    IpAddress loopback{{}, address.isV4};
    if (address.isV4) {
      loopback.bytes = {127, 0, 0, 1};
    } else {
      loopback.bytes.back() = 1;
    }
    meanings.push_back(loopback);
  }
  if (!address.isV4 &&
      std::equal(kNat64Prefix.begin(), kNat64Prefix.end(), address.bytes.begin())) {
    IpAddress embedded;
    std::copy_n(address.bytes.begin() + kNat64Prefix.size(), 4, embedded.bytes.begin());
    meanings.push_back(embedded);
  }
  return meanings;
}

bool holdsAny(const std::vector<std::string>& blocks, const std::vector<IpAddress>& addresses,
              bool whenInvalid) {
  return std::any_of(blocks.begin(), blocks.end(), [&](const std::string& text) {
    const auto block = parseCidr(text);
    if (!block) return whenInvalid;
    return std::any_of(addresses.begin(), addresses.end(),
                       [&](const IpAddress& address) { return block->contains(address); });
  });
}

}  // namespace

bool allowsEveryAddress(const AddressPolicy& policy) {
  return policy.allow.empty() && policy.deny.empty();
}

bool permits(const AddressPolicy& policy, const sockaddr& address) {
  if (allowsEveryAddress(policy)) return true;
  const auto ip = ipAddressOf(address);
  if (!ip) return false;
  const auto meanings = meaningsOf(*ip);
  if (holdsAny(policy.deny, meanings, true)) return false;
  return policy.allow.empty() || holdsAny(policy.allow, meanings, false);
}

bool permitsScheme(const AddressPolicy& policy, std::string_view scheme) {
  return policy.schemes.empty() ||
         std::find(policy.schemes.begin(), policy.schemes.end(), scheme) != policy.schemes.end();
}

std::optional<std::string> firstInvalidBlock(const AddressPolicy& policy) {
  for (const auto* blocks : {&policy.allow, &policy.deny}) {
    for (const std::string& text : *blocks) {
      if (!parseCidr(text)) return text;
    }
  }
  return std::nullopt;
}

}  // namespace millrace
