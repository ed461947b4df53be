#include "media/url_reference.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

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
