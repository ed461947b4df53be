#include "media/url.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Url, IsTakenApart) {
  const auto url = parseUrl("RTMPS://user:pa%40ss@Media.example:1443/live/key?token=abc#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "rtmps");
  EXPECT_EQ(url->userInfo, "user:pa%40ss");
  EXPECT_EQ(url->host, "Media.example");
  EXPECT_EQ(url->port, 1443);
  EXPECT_EQ(url->path, "/live/key");
  EXPECT_EQ(url->query, "?token=abc");
  EXPECT_EQ(toString(*url), "rtmps://user:pa%40ss@Media.example:1443/live/key?token=abc");
}

TEST(Url, KeepsTheBracketsOfAnIpv6HostApart) {
  const auto url = parseUrl("srt://[2001:db8::1]:9000?streamid=x");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(url->port, 9000);
  EXPECT_EQ(toString(*url), "srt://[2001:db8::1]:9000?streamid=x");
}

TEST(Url, OfAnSrtListenerMayHaveNoHost) {
  const auto url = parseUrl("srt://:9000?mode=listener");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "");
}

TEST(Url, EndsItsUserInfoAtTheLastAtSign) {
  const auto url = parseUrl("http://evil.example@127.0.0.1@good.example/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "good.example");
}

class UrlThatIsNone : public testing::TestWithParam<const char*> {};

TEST_P(UrlThatIsNone, IsRefused) { EXPECT_FALSE(parseUrl(GetParam())); }

INSTANTIATE_TEST_SUITE_P(All, UrlThatIsNone,
                         testing::Values("", "http", "http:", "http:/host/", "http:///path",
                                         "ftp://host/", "file:///etc/passwd", "/plain/path",
                                         "http://host:0/", "http://host:65536/", "http://host:8o/",
                                         "http://host:80:90/", "http://ho st/", "http://host/a b",
                                         "http://host\r\nX: y/", "http://good\\@evil/",
                                         "http://[::1/", "http://[]/", "http://[evil.example]/",
                                         "http://[::1]x/", "http://h\xc3\xb6st/", "http://a%2eb/"));

TEST(Scheme, IsThatOfAUrlAndNothingOfAPath) {
  EXPECT_EQ(schemeOf("HTTPS://host/"), "https");
  EXPECT_EQ(schemeOf("file:a.ts"), "file");
  EXPECT_EQ(schemeOf("/a://b"), "");
  EXPECT_EQ(schemeOf("c:video.ts"), "");
}

}  // namespace
}  // namespace millrace
