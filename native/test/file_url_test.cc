#include "media/file_url.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(PlainPath, IsWhateverNamesNoUrl) {
  EXPECT_TRUE(isPlainPath("video:1.ts"));
  EXPECT_FALSE(isPlainPath("unknown://x"));
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

}  // namespace
}  // namespace millrace
