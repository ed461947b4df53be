#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/net/resolver.h"

namespace millrace {
namespace {

using ::testing::HasSubstr;

const FailureSite kSite(Stage::kSource, "http://name.example/");

Result<std::vector<SocketAddress>> lookUp(const std::string& host, const AddressPolicy& policy = {},
                                          std::stop_token stop = {},
                                          SteadyTime deadline = SteadyTime::max()) {
  return resolve(host, 80, policy, std::move(stop), deadline, kSite);
}

TEST(Resolver, TakesAnAddressInNumbersAsItIs) {
  const auto v4 = lookUp("192.0.2.7");
  ASSERT_TRUE(v4);
  ASSERT_EQ(v4->size(), 1U);
  EXPECT_EQ(v4->front().ip(), "192.0.2.7");
  const auto v6 = lookUp("2001:db8::7");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->front().ip(), "2001:db8::7");
}

TEST(Resolver, FindsTheAddressOfAName) {
  const auto found = lookUp("localhost");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(found->empty());
}

TEST(Resolver, LeavesOutTheAddressesThatThePolicyDenies) {
  AddressPolicy policy;
  policy.allow = {"127.0.0.0/8"};
  const auto found = lookUp("localhost", policy);
  ASSERT_TRUE(found);
  for (const SocketAddress& address : *found) EXPECT_THAT(address.ip(), HasSubstr("127."));
}

TEST(Resolver, ReportsANameWithoutAnAllowedAddress) {
  AddressPolicy policy;
  policy.deny = {"127.0.0.0/8", "::1"};
  const auto found = lookUp("localhost", policy);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kAddressDenied);
  EXPECT_THAT(found.error().message, HasSubstr("localhost"));
}

TEST(Resolver, ReportsANameThatDoesNotExist) {
  // RFC 2606: never to be registered. A machine without name service reports the same.
  const auto found = lookUp("nobody.invalid");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kHostNotFound);
}

TEST(Resolver, DoesNotTakeOldWaysToWriteAnAddressPastThePolicy) {
  AddressPolicy policy;
  policy.deny = {"127.0.0.0/8", "::1"};
  for (const char* loopback : {"127.1", "2130706433", "0x7f000001", "017700000001"}) {
    const auto found = lookUp(loopback, policy);
    ASSERT_FALSE(found) << loopback;
  }
}

TEST(Resolver, EndsAtOnceWhenStoppedOrOutOfTime) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(lookUp("localhost", {}, stop.get_token()).error().code, ErrorCode::kCancelled);
  const auto late = lookUp("name.invalid", {}, {}, SteadyTime::min());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kTimedOut);
}

}  // namespace
}  // namespace millrace
