#include "media/essence/nal_hasher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace millrace {
namespace {

using NalUnit = std::vector<std::uint8_t>;

// PPS 0 of SPS 0, of another value each; slices of a picture that name PPS 0.
const NalUnit kOnePps{0x68, 0xC0, 0x80};
const NalUnit kOtherPps{0x68, 0xC8, 0x80};
const NalUnit kSlice{0x65, 0xE8, 0x11};
const NalUnit kSecondSlice{0x65, 0xE8, 0x22};
const NalUnit kSei{0x06, 0x05, 0x01, 0x00, 0x80};

class ANalHasher : public testing::Test {
 protected:
  EssenceUnit hash(const std::vector<NalUnit>& units) {
    std::vector<std::uint8_t> bytes;
    for (const NalUnit& unit : units) {
      bytes.insert(bytes.end(), {0, 0, 1});
      bytes.insert(bytes.end(), unit.begin(), unit.end());
    }
    const PacketPtr packet = makePacket();
    EXPECT_EQ(av_new_packet(packet.get(), static_cast<int>(bytes.size())), 0);
    std::copy(bytes.begin(), bytes.end(), packet->data);
    return hasher_.hash(*packet).value();
  }

  ParameterSetHashes setsOf(const std::vector<NalUnit>& units) {
    return *hash(units).parameterSets;
  }

 private:
  NalHasher hasher_{EssenceCodec::kH264};
};

TEST_F(ANalHasher, CountsASetBeforeASlice) {
  const ParameterSetHashes one = setsOf({kOnePps, kSlice});
  const ParameterSetHashes other = setsOf({kOtherPps, kSlice});
  EXPECT_EQ(one.size(), 1U);
  EXPECT_NE(one, other);
}

TEST_F(ANalHasher, CountsASetBehindASliceFromTheNextPacketOn) {
  const ParameterSetHashes one = setsOf({kOnePps, kSlice});
  EXPECT_EQ(setsOf({kOnePps, kSlice, kOtherPps}), one);
  EXPECT_EQ(setsOf({kSlice, kOnePps}), setsOf({kOtherPps, kSlice}));
  EXPECT_EQ(setsOf({kSlice}), setsOf({kOtherPps, kSlice}));
}

TEST_F(ANalHasher, CountsASetBetweenTwoSlicesForTheSecond) {
  const ParameterSetHashes one = setsOf({kOnePps, kSlice});
  const ParameterSetHashes other = setsOf({kOtherPps, kSlice});
  const ParameterSetHashes both = setsOf({kOnePps, kSlice, kOtherPps, kSecondSlice});
  EXPECT_EQ(both, (ParameterSetHashes{one.front(), other.front()}));
}

TEST_F(ANalHasher, CountsARepeatedSetOnce) {
  const ParameterSetHashes one = setsOf({kOnePps, kSlice});
  EXPECT_EQ(setsOf({kOnePps, kSlice, kSei, kOnePps, kSecondSlice}), one);
}

}  // namespace
}  // namespace millrace
