#include "media/input/playlist_tags.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

PlaylistTags tagsOf(const std::string& text, std::size_t piece = 1'000) {
  PlaylistTags tags;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const std::string part = text.substr(at, piece);
    tags.read({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()});
  }
  return tags;
}

const std::string kLive = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n";

TEST(PlaylistTags, TellHowLongASegmentMayBeInWhateverPiecesTheyCome) {
  for (const std::size_t piece : {1U, 7U, 1'000U}) {
    const PlaylistTags tags = tagsOf(kLive, piece);
    EXPECT_TRUE(tags.isPlaylist());
    EXPECT_EQ(tags.targetDuration(), std::chrono::seconds(6));
    EXPECT_FALSE(tags.ended());
  }
}

TEST(PlaylistTags, TellThatThereIsNoMoreToComeEvenOnALineThatDoesNotEnd) {
  EXPECT_TRUE(tagsOf(kLive + "#EXT-X-ENDLIST\r\n").ended());
  EXPECT_TRUE(tagsOf(kLive + "#EXT-X-ENDLIST").ended());
}

TEST(PlaylistTags, AreReadBehindAByteOrderMark) {
  EXPECT_EQ(tagsOf("\xef\xbb\xbf" + kLive).targetDuration(), std::chrono::seconds(6));
}

TEST(PlaylistTags, OfASegmentAreNone) {
  const PlaylistTags tags = tagsOf("G@\n" + kLive + "#EXT-X-ENDLIST\n");
  EXPECT_FALSE(tags.isPlaylist());
  EXPECT_FALSE(tags.ended());
  EXPECT_FALSE(tagsOf(std::string(100'000, 'x')).isPlaylist());
}

TEST(PlaylistTags, OfAHostilePlaylistDoNotMakeAWaitThatNeverEnds) {
  const std::string head = "#EXTM3U\n#EXT-X-TARGETDURATION:";
  EXPECT_LE(tagsOf(head + "99999999999\n").targetDuration(), std::chrono::minutes(2));
  EXPECT_EQ(tagsOf(head + "99999999999999999999999\n").targetDuration(), std::chrono::seconds(0));
  EXPECT_EQ(tagsOf(head + "-5\n").targetDuration(), std::chrono::seconds(0));
  EXPECT_EQ(tagsOf(head + "x\n").targetDuration(), std::chrono::seconds(0));
}

}  // namespace
}  // namespace millrace
