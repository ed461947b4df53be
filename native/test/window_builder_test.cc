#include "media/essence/window_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace millrace {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

constexpr std::int64_t kFrameUs = 40'000;
constexpr std::int64_t kSoundUs = 20'000;

class WindowBuilderTest : public testing::Test {
 protected:
  EssenceUnit unit(bool video, std::int64_t atUs) {
    EssenceUnit unit;
    unit.hash[0] = static_cast<std::uint8_t>(++made_);
    unit.hash[1] = static_cast<std::uint8_t>(made_ >> 8);
    unit.video = video;
    unit.codec = video ? EssenceCodec::kH264 : EssenceCodec::kAac;
    unit.key = !video;
    unit.parameterSets = std::make_shared<ParameterSetHashes>();
    unit.width = video ? 64 : 0;
    unit.height = video ? 32 : 0;
    unit.timestampUs = atUs;
    unit.durationUs = video ? kFrameUs : kSoundUs;
    return unit;
  }
  void picture(std::int64_t atUs, bool key = false) {
    EssenceUnit made = unit(true, atUs);
    made.key = key;
    builder_.add(made);
  }
  void sound(std::int64_t atUs) { builder_.add(unit(false, atUs)); }
  /// Pictures and sound side by side, with a keyframe every second.
  void play(std::int64_t fromUs, std::int64_t toUs) {
    for (std::int64_t atUs = fromUs; atUs < toUs; atUs += kSoundUs) {
      if (atUs % kFrameUs == 0) picture(atUs, atUs % 1'000'000 == 0);
      sound(atUs);
    }
  }
  std::vector<std::pair<std::int64_t, std::uint32_t>> counts() const {
    std::vector<std::pair<std::int64_t, std::uint32_t>> counts;
    for (const EssenceWindow& window : windows_) {
      const bool sound = !window.tracks.empty() && !window.tracks.back().video;
      counts.emplace_back(window.frames, sound ? window.tracks.back().units : 0);
    }
    return counts;
  }

  std::vector<EssenceWindow> windows_;
  WindowBuilder builder_{milliseconds(2'000),
                         [this](EssenceWindow&& window) { windows_.push_back(std::move(window)); }};

  unsigned made_ = 0;
};

TEST_F(WindowBuilderTest, AWindowEndsAtTheFirstKeyframeAtItsLength) {
  play(0, 5'000'000);
  EXPECT_THAT(counts(), ElementsAre(std::pair(50, 100), std::pair(50, 100)));
  EXPECT_EQ(windows_[0].startTimestampUs, 0);
  EXPECT_EQ(windows_[0].endTimestampUs, 2'000'000);
  EXPECT_EQ(windows_[0].pixels, 50 * 64 * 32);
  EXPECT_EQ(windows_[0].width, 64);
  EXPECT_EQ(windows_[1].index, 1U);
  EXPECT_FALSE(windows_[1].last);
  builder_.end();
  EXPECT_THAT(counts(), ElementsAre(std::pair(50, 100), std::pair(50, 100), std::pair(25, 50)));
  EXPECT_TRUE(windows_[2].last);
  EXPECT_EQ(windows_[2].endTimestampUs, 5'000'000);
}

TEST_F(WindowBuilderTest, AKeyframeBeforeTheLengthCutsNothing) {
  picture(0, true);
  picture(1'999'999, true);
  EXPECT_TRUE(windows_.empty());
  picture(2'000'000, true);
  EXPECT_EQ(windows_.size(), 1U);
}

TEST_F(WindowBuilderTest, AWindowDoesNotWaitForAKeyframeThatIsAhead) {
  play(0, 2'000'000);
  sound(2'000'000);
  EXPECT_THAT(windows_, testing::IsEmpty());
  builder_.keyframeAhead(2'000'000);
  EXPECT_THAT(counts(), ElementsAre(std::pair(50, 100)));
  EXPECT_EQ(windows_[0].endTimestampUs, 2'000'000);
}

TEST_F(WindowBuilderTest, AWindowWithAKeyframeAheadWaitsForItsSound) {
  play(0, 2'000'000);
  builder_.keyframeAhead(2'000'000);
  EXPECT_THAT(windows_, testing::IsEmpty());
  sound(2'000'000);
  EXPECT_THAT(counts(), ElementsAre(std::pair(50, 100)));
}

TEST_F(WindowBuilderTest, KeyframesThatAreAheadCutWhereTheyWouldHave) {
  play(0, 5'000'000);
  builder_.end();
  const std::vector<EssenceWindow> expected = std::exchange(windows_, {});
  made_ = 0;
  WindowBuilder builder(milliseconds(2'000),
                        [this](EssenceWindow&& window) { windows_.push_back(std::move(window)); });
  for (std::int64_t atUs = 0; atUs < 5'000'000; atUs += kSoundUs) {
    const bool key = atUs % 1'000'000 == 0;
    if (key) builder.keyframeAhead(atUs);
    if (atUs % kFrameUs == 0) {
      EssenceUnit made = unit(true, atUs);
      made.key = key;
      builder.add(made);
    }
    builder.add(unit(false, atUs));
  }
  builder.end();
  ASSERT_EQ(windows_.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(windows_[i].chain, expected[i].chain);
    EXPECT_EQ(windows_[i].startTimestampUs, expected[i].startTimestampUs);
    EXPECT_EQ(windows_[i].endTimestampUs, expected[i].endTimestampUs);
    EXPECT_EQ(windows_[i].last, expected[i].last);
  }
}

TEST_F(WindowBuilderTest, AKeyframeThatWasAheadAndDidNotComeLeavesTheOpenWindowTheLast) {
  play(0, 2'000'000);
  builder_.keyframeAhead(2'000'000);
  builder_.end();
  EXPECT_THAT(counts(), ElementsAre(std::pair(50, 100)));
  EXPECT_TRUE(windows_[0].last);
}

TEST_F(WindowBuilderTest, PicturesBeforeTheFirstKeyframeAreLeftOut) {
  picture(0);
  picture(40'000);
  picture(80'000, true);
  builder_.end();
  EXPECT_THAT(counts(), ElementsAre(std::pair(1, 0)));
  EXPECT_EQ(windows_[0].startTimestampUs, 80'000);
}

TEST_F(WindowBuilderTest, SoundThatComesBeforeItsPictureGoesIntoTheNextWindow) {
  picture(0, true);
  for (std::int64_t atUs = 0; atUs < 2'200'000; atUs += kSoundUs) sound(atUs);
  picture(2'000'000, true);
  EXPECT_THAT(counts(), ElementsAre(std::pair(1, 100)));
  builder_.end();
  EXPECT_THAT(counts(), ElementsAre(std::pair(1, 100), std::pair(1, 10)));
}

TEST_F(WindowBuilderTest, AWindowWaitsForSoundThatIsALittleLate) {
  play(0, 1'900'000);
  picture(2'000'000, true);
  picture(2'040'000);
  EXPECT_TRUE(windows_.empty());
  for (std::int64_t atUs = 1'900'000; atUs <= 2'000'000; atUs += kSoundUs) sound(atUs);
  EXPECT_THAT(counts(), ElementsAre(std::pair(48, 100)));
}

TEST_F(WindowBuilderTest, AWindowDoesNotWaitForSoundThatStaysAway) {
  play(0, 1'900'000);
  picture(2'000'000, true);
  picture(2'500'000);
  EXPECT_THAT(counts(), ElementsAre(std::pair(48, 95)));
}

TEST_F(WindowBuilderTest, AWindowDoesNotWaitForSoundThatEndedLongBefore) {
  sound(0);
  picture(0, true);
  picture(2'000'000, true);
  EXPECT_THAT(counts(), ElementsAre(std::pair(1, 1)));
}

TEST_F(WindowBuilderTest, SoundAloneIsCutAtItsOwnTimestamps) {
  for (std::int64_t atUs = 0; atUs < 4'100'000; atUs += kSoundUs) sound(atUs);
  EXPECT_THAT(counts(), ElementsAre(std::pair(0, 100), std::pair(0, 100)));
  EXPECT_EQ(windows_[1].startTimestampUs, 2'000'000);
  EXPECT_EQ(windows_[1].endTimestampUs, 4'000'000);
  EXPECT_EQ(windows_[1].width, 0);
}

TEST_F(WindowBuilderTest, SoundGoesOnInWindowsWhenThePicturesHaveEnded) {
  play(0, 1'000'000);
  for (std::int64_t atUs = 1'000'000; atUs < 10'000'000; atUs += kSoundUs) sound(atUs);
  builder_.end();
  EXPECT_GE(windows_.size(), 3U);
  std::uint32_t sounds = 0;
  for (const auto& [pictures, count] : counts()) sounds += count;
  EXPECT_EQ(sounds, 500U);
  EXPECT_TRUE(windows_.back().last);
}

TEST_F(WindowBuilderTest, ATrackThatChangesItsCodecStartsAWindow) {
  play(0, 1'000'000);
  EssenceUnit other = unit(true, 1'000'000);
  other.codec = EssenceCodec::kHevc;
  other.key = true;
  builder_.add(other);
  EXPECT_THAT(counts(), ElementsAre(std::pair(25, 50)));
  builder_.end();
  EXPECT_EQ(windows_[1].tracks[0].codec, EssenceCodec::kHevc);
}

TEST_F(WindowBuilderTest, ALongWindowCountsAllThatIsInIt) {
  picture(0, true);
  for (std::int64_t atUs = kSoundUs; atUs < 60'000'000; atUs += kSoundUs) {
    if (atUs % kFrameUs == 0) picture(atUs);
    sound(atUs);
  }
  builder_.end();
  EXPECT_THAT(counts(), ElementsAre(std::pair(1500, 2999)));
}

TEST_F(WindowBuilderTest, NothingComesOfNothing) {
  builder_.end();
  EXPECT_TRUE(windows_.empty());
}

}  // namespace
}  // namespace millrace
