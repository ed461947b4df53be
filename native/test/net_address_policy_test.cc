#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "media/net/address_policy.h"
#include "media/net/cidr.h"
#include "media/net/socket_address.h"

namespace millrace {
namespace {

SocketAddress address(const std::string& text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    return {reinterpret_cast<const sockaddr&>(v4), sizeof v4};
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1) << text;
  return {reinterpret_cast<const sockaddr&>(v6), sizeof v6};
}

bool contains(const std::string& block, const std::string& ip) {
  const auto cidr = parseCidr(block);
  EXPECT_TRUE(cidr) << block;
  return cidr && cidr->contains(*ipAddressOf(address(ip).get()));
}

TEST(Cidr, HoldsTheAddressesThatShareItsPrefix) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(contains("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_TRUE(contains("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(contains("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(contains("fc00::/7", "fdff::1"));
  EXPECT_FALSE(contains("fc00::/7", "fe00::1"));
  EXPECT_TRUE(contains("::1", "::1"));
  EXPECT_FALSE(contains("::/0", "10.0.0.1"));
}

TEST(Cidr, IgnoresTheBitsBehindThePrefix) { EXPECT_TRUE(contains("10.1.2.3/8", "10.9.9.9")); }

TEST(Cidr, TreatsIpv4WrittenAsIpv6AsIpv4) {
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.0.0.1"));
  EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.9.9.9"));
}

TEST(Cidr, IsNothingElse) {
  for (const char* text :
       {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
        " 10.0.0.0/8", "10.0.0/8", "10.0.0.0.0/8", "::/129", "example.com", "10.0.0.0/8/8",
        "::ffff:10.0.0.0/8", "fe80::1%eth0", "10.0.0.0/08x", "0x7f.0.0.1"}) {
    EXPECT_FALSE(parseCidr(text)) << text;
  }
}

bool permitted(const AddressPolicy& policy, const std::string& ip) {
  return permits(policy, address(ip).get());
}

TEST(AddressPolicy, AllowsEverythingWhenItIsEmpty) {
  EXPECT_TRUE(permitted({}, "127.0.0.1"));
  EXPECT_TRUE(permitted({}, "2001:db8::1"));
}

TEST(AddressPolicy, AllowsOnlyWhatIsListed) {
  AddressPolicy policy;
  policy.allow = {"203.0.113.0/24", "2001:db8::/32"};
  EXPECT_TRUE(permitted(policy, "203.0.113.7"));
  EXPECT_TRUE(permitted(policy, "2001:db8::7"));
  EXPECT_FALSE(permitted(policy, "198.51.100.7"));
  EXPECT_FALSE(permitted(policy, "::1"));
}

TEST(AddressPolicy, LetsADenialWin) {
  AddressPolicy policy;
  policy.allow = {"10.0.0.0/8"};
  policy.deny = {"10.1.0.0/16"};
  EXPECT_TRUE(permitted(policy, "10.2.0.1"));
  EXPECT_FALSE(permitted(policy, "10.1.0.1"));
}

TEST(AddressPolicy, SeesThroughOtherWaysToWriteAnAddress) {
  AddressPolicy policy;
  policy.deny = {"127.0.0.0/8", "10.0.0.0/8", "::1"};
  EXPECT_FALSE(permitted(policy, "::ffff:127.0.0.1"));
  EXPECT_FALSE(permitted(policy, "0.0.0.0"));
  EXPECT_FALSE(permitted(policy, "::"));
  EXPECT_FALSE(permitted(policy, "64:ff9b::10.0.0.1"));
  EXPECT_TRUE(permitted(policy, "64:ff9b::203.0.113.1"));
}

TEST(AddressPolicy, FailsClosedOnABlockThatIsNone) {
  AddressPolicy typo;
  typo.deny = {"10.0.0.0/88"};
  EXPECT_FALSE(permitted(typo, "203.0.113.1"));
  AddressPolicy other;
  other.allow = {"everything"};
  EXPECT_FALSE(permitted(other, "203.0.113.1"));
  EXPECT_EQ(firstInvalidBlock(typo), "10.0.0.0/88");
  EXPECT_EQ(firstInvalidBlock({}), std::nullopt);
}

TEST(AddressPolicy, KnowsSchemes) {
  AddressPolicy policy;
  EXPECT_TRUE(permitsScheme(policy, "file"));
  policy.schemes = {"https", "rtmps"};
  EXPECT_TRUE(permitsScheme(policy, "https"));
  EXPECT_FALSE(permitsScheme(policy, "http"));
}

}  // namespace
}  // namespace millrace
