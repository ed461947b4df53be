#include "media/url_redaction.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

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
                    Redaction{"rtmp://host/app/instance/stream-key", "rtmp://host/app/…"},
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

}  // namespace
}  // namespace millrace
