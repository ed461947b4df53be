#include "media/video/user_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace millrace {
namespace {

struct FrameDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using Frame = std::unique_ptr<AVFrame, FrameDeleter>;
using Bytes = std::vector<std::uint8_t>;

Frame makeFrame() { return Frame(av_frame_alloc()); }

void add(AVFrame& frame, AVFrameSideDataType type, const Bytes& bytes) {
  AVBufferRef* buffer = av_buffer_alloc(bytes.size());
  std::copy(bytes.begin(), bytes.end(), buffer->data);
  ASSERT_NE(av_frame_new_side_data_from_buf(&frame, type, buffer), nullptr);
}

std::vector<Bytes> all(const AVFrame& frame, AVFrameSideDataType type) {
  std::vector<Bytes> found;
  for (int i = 0; i < frame.nb_side_data; ++i) {
    const AVFrameSideData& data = *frame.side_data[i];
    if (data.type == type) found.emplace_back(data.data, data.data + data.size);
  }
  return found;
}

/// A valid CEA-608 pair of the first field.
Bytes caption(char first, char second) {
  return {0xfc, static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
}

Bytes captions(const std::string& text, std::size_t padding = 0) {
  Bytes bytes;
  for (const char c : text) {
    const Bytes one = caption(c, ' ');
    bytes.insert(bytes.end(), one.begin(), one.end());
  }
  for (std::size_t i = 0; i < padding; ++i) bytes.insert(bytes.end(), {0xf8, 0x80, 0x80});
  return bytes;
}

std::string textOf(const AVFrame& frame) {
  std::string text;
  for (const Bytes& data : all(frame, AV_FRAME_DATA_A53_CC)) {
    for (std::size_t at = 0; at + 2 < data.size(); at += 3) {
      if (data[at] & 0x04) text.push_back(static_cast<char>(data[at + 1]));
    }
  }
  return text;
}

Frame withCaptions(const std::string& text, std::size_t padding = 0) {
  Frame frame = makeFrame();
  add(*frame, AV_FRAME_DATA_A53_CC, captions(text, padding));
  return frame;
}

Bytes userData(std::uint8_t marker, std::size_t size = 20) {
  Bytes bytes(size, marker);
  return bytes;
}

Bytes x264Version() {
  Bytes bytes = {0xdc, 0x45, 0xe9, 0xbd, 0xe6, 0xd9, 0x48, 0xb7,
                 0x96, 0x2c, 0xd8, 0x20, 0xd9, 0x23, 0xee, 0xef};
  const std::string text = "x264 - core 164";
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

}  // namespace

TEST(UserDataCarry, GivesCaptionsOfDroppedFramesToTheNextKeptOneInOrder) {
  UserDataCarry carry;
  carry.take(*withCaptions("ab"));
  carry.take(*withCaptions("cd"));
  const Frame kept = withCaptions("ef");
  carry.attach(*kept);
  EXPECT_EQ(textOf(*kept), "abcdef");
  EXPECT_EQ(all(*kept, AV_FRAME_DATA_A53_CC).size(), 1U);
  const Frame next = withCaptions("gh");
  carry.attach(*next);
  EXPECT_EQ(textOf(*next), "gh");
}

TEST(UserDataCarry, GivesCaptionsToAKeptFrameThatHasNone) {
  UserDataCarry carry;
  carry.take(*withCaptions("ab"));
  const Frame kept = makeFrame();
  carry.attach(*kept);
  EXPECT_EQ(textOf(*kept), "ab");
}

TEST(UserDataCarry, LeavesTheCaptionsOfFramesAloneWhenNothingWasDropped) {
  UserDataCarry carry;
  const Frame kept = withCaptions("ab", 40);
  carry.attach(*kept);
  EXPECT_EQ(all(*kept, AV_FRAME_DATA_A53_CC), (std::vector<Bytes>{captions("ab", 40)}));
}

TEST(UserDataCarry, KeepsPaddingAsLongAsThereIsRoom) {
  UserDataCarry carry;
  carry.take(*withCaptions("", 5));
  const Frame kept = withCaptions("ab", 3);
  carry.attach(*kept);
  Bytes expected = captions("", 5);
  const Bytes own = captions("ab", 3);
  expected.insert(expected.end(), own.begin(), own.end());
  EXPECT_EQ(all(*kept, AV_FRAME_DATA_A53_CC), (std::vector<Bytes>{expected}));
}

TEST(UserDataCarry, LeavesPaddingOutBeforeItLetsCaptionsWait) {
  UserDataCarry carry;
  carry.take(*withCaptions("ab", 18));
  carry.take(*withCaptions("cd", 18));
  const Frame kept = withCaptions("ef", 18);
  carry.attach(*kept);
  EXPECT_EQ(all(*kept, AV_FRAME_DATA_A53_CC), (std::vector<Bytes>{captions("abcdef")}));
}

TEST(UserDataCarry, KeepsNullsOfCea708ButNotOfCea608) {
  UserDataCarry carry;
  Bytes bytes = captions(std::string(28, 'x'));
  bytes.insert(bytes.end(), {0xfc, 0x80, 0x80, 0xfd, 0x00, 0x00});  // CEA-608, both fields.
  bytes.insert(bytes.end(),
               {0xfe, 0x00, 0x00, 0xff, 0x00, 0x00});  // CEA-708, a packet and its start.
  const Frame dropped = makeFrame();
  add(*dropped, AV_FRAME_DATA_A53_CC, bytes);
  carry.take(*dropped);
  const Frame kept = makeFrame();
  carry.attach(*kept);
  bytes.erase(bytes.begin() + 28 * 3, bytes.begin() + 30 * 3);
  EXPECT_EQ(all(*kept, AV_FRAME_DATA_A53_CC), (std::vector<Bytes>{bytes}));
}

TEST(UserDataCarry, LetsCaptionsBeyondWhatAPictureCountsWaitForTheNext) {
  UserDataCarry carry;
  carry.take(*withCaptions(std::string(25, 'a')));
  const Frame kept = withCaptions(std::string(10, 'b'));
  carry.attach(*kept);
  EXPECT_EQ(textOf(*kept), std::string(25, 'a') + std::string(6, 'b'));
  const Frame next = withCaptions("c");
  carry.attach(*next);
  EXPECT_EQ(textOf(*next), std::string(4, 'b') + "c");
}

TEST(UserDataCarry, KeepsEachUserDataOfDroppedFrames) {
  UserDataCarry carry;
  const Frame dropped = makeFrame();
  add(*dropped, AV_FRAME_DATA_SEI_UNREGISTERED, userData(1));
  add(*dropped, AV_FRAME_DATA_SEI_UNREGISTERED, userData(2));
  carry.take(*dropped);
  const Frame kept = makeFrame();
  add(*kept, AV_FRAME_DATA_SEI_UNREGISTERED, userData(3));
  carry.attach(*kept);
  EXPECT_EQ(all(*kept, AV_FRAME_DATA_SEI_UNREGISTERED),
            (std::vector<Bytes>{userData(1), userData(2), userData(3)}));
  EXPECT_EQ(all(*dropped, AV_FRAME_DATA_SEI_UNREGISTERED).size(), 2U) << "it is not changed";
  const Frame next = makeFrame();
  carry.attach(*next);
  EXPECT_TRUE(all(*next, AV_FRAME_DATA_SEI_UNREGISTERED).empty());
}

TEST(UserDataCarry, LeavesOutTheVersionOfTheSourcesX264) {
  UserDataCarry carry;
  const Frame dropped = makeFrame();
  add(*dropped, AV_FRAME_DATA_SEI_UNREGISTERED, x264Version());
  carry.take(*dropped);
  const Frame kept = makeFrame();
  add(*kept, AV_FRAME_DATA_SEI_UNREGISTERED, x264Version());
  add(*kept, AV_FRAME_DATA_SEI_UNREGISTERED, userData(3));
  carry.attach(*kept);
  EXPECT_EQ(all(*kept, AV_FRAME_DATA_SEI_UNREGISTERED), (std::vector<Bytes>{userData(3)}));
}

TEST(UserDataCarry, DropsTheOldestWhenThereIsTooMuch) {
  UserDataCarry carry;
  for (std::uint8_t i = 0; i < 100; ++i) {
    const Frame dropped = makeFrame();
    add(*dropped, AV_FRAME_DATA_SEI_UNREGISTERED, userData(i, 1'024));
    add(*dropped, AV_FRAME_DATA_A53_CC,
        captions(std::string(100, static_cast<char>('0' + i / 10))));
    carry.take(*dropped);
  }
  const Frame kept = makeFrame();
  carry.attach(*kept);
  const auto found = all(*kept, AV_FRAME_DATA_SEI_UNREGISTERED);
  ASSERT_EQ(found.size(), 48U);
  EXPECT_EQ(found.front(), userData(52, 1'024));
  EXPECT_EQ(found.back(), userData(99, 1'024));
  // 5461 of 10000 captions are left.
  EXPECT_EQ(textOf(*kept).front(), '4');
}

TEST(UserDataCarry, HasRoomAgainAfterItGaveAway) {
  UserDataCarry carry;
  for (std::uint8_t i = 0; i < 3; ++i) {
    const Frame dropped = makeFrame();
    add(*dropped, AV_FRAME_DATA_SEI_UNREGISTERED, userData(i, 40 * 1'024));
    carry.take(*dropped);
    const Frame kept = makeFrame();
    carry.attach(*kept);
    EXPECT_EQ(all(*kept, AV_FRAME_DATA_SEI_UNREGISTERED).size(), 1U);
  }
}

TEST(UserDataCarry, DoesNotKeepOneThatIsTooLargeAlone) {
  UserDataCarry carry;
  const Frame dropped = makeFrame();
  add(*dropped, AV_FRAME_DATA_SEI_UNREGISTERED, userData(1, 49 * 1'024));
  carry.take(*dropped);
  const Frame kept = makeFrame();
  carry.attach(*kept);
  EXPECT_TRUE(all(*kept, AV_FRAME_DATA_SEI_UNREGISTERED).empty());
}

TEST(UserDataCarry, LeavesOtherFramesWithTheSameDataAlone) {
  const Frame decoded = withCaptions("ab");
  add(*decoded, AV_FRAME_DATA_SEI_UNREGISTERED, userData(1));
  UserDataCarry carry;
  carry.take(*withCaptions("xy"));
  const Frame copy(av_frame_alloc());
  ASSERT_GE(av_frame_copy_props(copy.get(), decoded.get()), 0);
  carry.attach(*copy);
  EXPECT_EQ(textOf(*copy), "xyab");
  EXPECT_EQ(textOf(*decoded), "ab");
  EXPECT_EQ(all(*decoded, AV_FRAME_DATA_SEI_UNREGISTERED).size(), 1U);
}

TEST(UserDataCarry, StripsAFrameThatIsShownOnceMore) {
  const Frame repeated = withCaptions("ab");
  add(*repeated, AV_FRAME_DATA_SEI_UNREGISTERED, userData(1));
  add(*repeated, AV_FRAME_DATA_SEI_UNREGISTERED, userData(2));
  add(*repeated, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, Bytes(8));
  UserDataCarry::strip(*repeated);
  EXPECT_EQ(repeated->nb_side_data, 1);
}

}  // namespace millrace
