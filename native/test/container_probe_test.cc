#include "media/input/container_probe.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

std::vector<std::uint8_t> bytesOf(const std::string& text) { return {text.begin(), text.end()}; }

std::vector<std::uint8_t> transportStream(std::size_t packets, std::size_t offset = 0,
                                          std::size_t stride = 188) {
  std::vector<std::uint8_t> bytes(offset + packets * stride, 0x11);
  for (std::size_t i = 0; i < packets; ++i) bytes[offset + i * stride] = 0x47;
  return bytes;
}

TEST(ContainerProbe, NamesFlvByItsFirstBytes) {
  EXPECT_EQ(probeContainer(bytesOf(std::string("FLV\x01\x05\0\0\0\x09", 9))), "flv");
}

TEST(ContainerProbe, NamesMatroskaByItsEbmlHeader) {
  EXPECT_EQ(probeContainer(bytesOf("\x1a\x45\xdf\xa3\x01\x02\x03\x04")), "matroska");
}

TEST(ContainerProbe, NamesAPlaylistWithOrWithoutByteOrderMark) {
  EXPECT_EQ(probeContainer(bytesOf("#EXTM3U\n#EXT-X-VERSION:3\n")), "hls");
  EXPECT_EQ(probeContainer(bytesOf("\xef\xbb\xbf#EXTM3U\n")), "hls");
}

TEST(ContainerProbe, NamesMp4ByAnyBoxAStreamMayStartWith) {
  for (const char* box : {"ftyp", "styp", "moov", "moof", "sidx"})
    EXPECT_EQ(probeContainer(bytesOf(std::string("\0\0\0\x18", 4) + box)), "mov") << box;
}

TEST(ContainerProbe, NamesATransportStreamFromTwoPackets) {
  EXPECT_EQ(probeContainer(transportStream(2)), "mpegts");
}

TEST(ContainerProbe, NamesATransportStreamJoinedInMidPacket) {
  EXPECT_EQ(probeContainer(transportStream(6, 77)), "mpegts");
}

TEST(ContainerProbe, NamesTransportStreamsOf192And204BytePackets) {
  EXPECT_EQ(probeContainer(transportStream(5, 4, 192)), "mpegts");
  EXPECT_EQ(probeContainer(transportStream(5, 0, 204)), "mpegts");
}

TEST(ContainerProbe, AsksForMoreBytesBeforeItGivesUp) {
  EXPECT_EQ(probeContainer(bytesOf("12345")), "");
  EXPECT_EQ(probeContainer(std::vector<std::uint8_t>(300, 0x20)), "");
}

TEST(ContainerProbe, SaysThatGarbageIsNoneOfThem) {
  EXPECT_EQ(probeContainer(std::vector<std::uint8_t>(2'000, 0x20)), "?");
}

TEST(ContainerProbe, KnowsWhatPeopleCallTheFormats) {
  EXPECT_EQ(demuxerFor("TS"), "mpegts");
  EXPECT_EQ(demuxerFor("mp4"), "mov");
  EXPECT_EQ(demuxerFor("mkv"), "matroska");
  EXPECT_EQ(demuxerFor("avi"), "");
}

}  // namespace
}  // namespace millrace
