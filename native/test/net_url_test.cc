#include <gtest/gtest.h>

#include "media/url.h"

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

struct Redaction {
  const char* given;
  const char* shown;
};

class RedactedUrl : public testing::TestWithParam<Redaction> {};

TEST_P(RedactedUrl, ShowsNoSecret) { EXPECT_EQ(redactUrl(GetParam().given), GetParam().shown); }

INSTANTIATE_TEST_SUITE_P(
    All, RedactedUrl,
    testing::Values(Redaction{"https://user:pass@host:8443/live/a.m3u8?token=s#f",
                              "https://host:8443/live/a.m3u8?…"},
                    Redaction{"http://host/live/a.ts", "http://host/live/a.ts"},
                    Redaction{"rtmp://host:1935/live/stream-key", "rtmp://host:1935/live/…"},
                    Redaction{"rtmp://host/app/instance/stream-key", "rtmp://host/app/instance/…"},
                    Redaction{"rtmp://host/app?auth=a/stream-key", "rtmp://host/…"},
                    Redaction{"rtmp://host/live/stream-key?token=s", "rtmp://host/live/…"},
                    Redaction{"rtmp://host/only", "rtmp://host/…"},
                    Redaction{"rtmps://u:p@[::1]:1/live/key", "rtmps://[::1]:1/live/…"},
                    Redaction{"srt://host:9000?streamid=s&passphrase=p", "srt://host:9000?…"},
                    Redaction{"rtsp://admin:12345@camera/stream1", "rtsp://camera/stream1"},
                    Redaction{"http://user:pa/ss@host/", "http://…"},
                    Redaction{"ftp://user:pass@host/file", "ftp://…"},
                    Redaction{"https:/user:pass@host/", "https://…"},
                    Redaction{"/home/me/a.ts", "/home/me/a.ts"},
                    Redaction{"file:///home/me/a.ts", "file:///home/me/a.ts"},
                    Redaction{"/home/\x1b[31mred", "/home/?[31mred"}, Redaction{"", ""}));

TEST(RedactedText, HasEveryUrlInItRedacted) {
  EXPECT_EQ(redactText("Cannot open 'rtmp://h/live/key' or srt://h:1?passphrase=p, sorry"),
            "Cannot open 'rtmp://h/live/…' or srt://h:1?… sorry");
  EXPECT_EQ(redactText("nothing to see"), "nothing to see");
  EXPECT_EQ(redactText("://"), "://");
}

TEST(FilePath, ComesFromPlainPathsAndFileUrls) {
  EXPECT_EQ(filePath("a b.ts"), "a b.ts");
  EXPECT_EQ(filePath("50%25.ts"), "50%25.ts");
  EXPECT_EQ(filePath("file:///home/a%20b.ts"), "/home/a b.ts");
  EXPECT_EQ(filePath("file://localhost/home/a.ts"), "/home/a.ts");
  EXPECT_EQ(filePath("FILE:/home/a.ts"), "/home/a.ts");
  EXPECT_EQ(filePath("file:relative.ts"), "relative.ts");
}

TEST(FilePath, IsNotOnAnotherMachineAndHoldsNoNul) {
  EXPECT_FALSE(filePath("file://server/share/a.ts"));
  EXPECT_FALSE(filePath("file:///a%00b"));
  EXPECT_FALSE(filePath(std::string_view("a\0b", 3)));
  EXPECT_FALSE(filePath("http://host/a.ts"));
}

TEST(Scheme, IsThatOfAUrlAndNothingOfAPath) {
  EXPECT_EQ(schemeOf("HTTPS://host/"), "https");
  EXPECT_EQ(schemeOf("file:a.ts"), "file");
  EXPECT_EQ(schemeOf("/a://b"), "");
  EXPECT_EQ(schemeOf("c:video.ts"), "");
  EXPECT_TRUE(isPlainPath("video:1.ts"));
  EXPECT_FALSE(isPlainPath("unknown://x"));
}

TEST(Reference, IsResolvedAgainstTheDocumentItIsIn) {
  EXPECT_EQ(resolveReference("http://h/live/index.m3u8?t=1", "seg 1.ts"),
            "http://h/live/seg%201.ts");
  EXPECT_EQ(resolveReference("http://h/live/index.m3u8", "../a/1.ts?x=y"), "http://h/a/1.ts?x=y");
  EXPECT_EQ(resolveReference("https://h:1/live/index.m3u8", "/1.ts"), "https://h:1/1.ts");
  EXPECT_EQ(resolveReference("https://h/live/index.m3u8", "//other/1.ts"), "https://other/1.ts");
  EXPECT_EQ(resolveReference("https://h/live/index.m3u8", "http://other/1.ts"),
            "http://other/1.ts");
  EXPECT_EQ(resolveReference("/a/b/index.m3u8", "c/1.ts"), "/a/b/c/1.ts");
  EXPECT_EQ(resolveReference("index.m3u8", "1.ts"), "1.ts");
  EXPECT_EQ(resolveReference("file:///a%20b/index.m3u8", "1.ts"), "/a b/1.ts");
}

TEST(Reference, ThatMakesNoUrlIsRefused) {
  EXPECT_FALSE(resolveReference("http://h/index.m3u8", ""));
  EXPECT_FALSE(resolveReference("http://h/index.m3u8", "a\r\nb"));
}

}  // namespace
}  // namespace millrace
