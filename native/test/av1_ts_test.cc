#include "media/av1_ts.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace millrace {
namespace {

using Bytes = std::vector<std::uint8_t>;

// Temporal delimiter, sequence header and frame, each with its size.
const Bytes kUnit{0x12, 0x00, 0x0a, 0x02, 0x55, 0x66, 0x32, 0x03, 0x10, 0x20, 0x30};

TEST(Av1InTransportStreams, HasAStartCodeBeforeEachObu) {
  EXPECT_EQ(toTsObus(kUnit), (Bytes{0, 0, 1, 0x12, 0x00,              //
                                    0, 0, 1, 0x0a, 0x02, 0x55, 0x66,  //
                                    0, 0, 1, 0x32, 0x03, 0x10, 0x20, 0x30}));
}

TEST(Av1InTransportStreams, EscapesWhatLooksLikeAStartCode) {
  const Bytes unit{0x32, 0x0a, 0, 0, 1, 0, 0, 0, 0, 3, 9, 4};
  EXPECT_EQ(toTsObus(unit), (Bytes{0, 0, 1, 0x32, 0x0a, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 3, 9, 4}));
}

TEST(Av1InTransportStreams, ComesBackAsItWas) {
  std::mt19937 random(7);
  for (int round = 0; round < 2'000; ++round) {
    Bytes unit{0x12, 0x00};
    for (int obu = 0; obu < 3; ++obu) {
      const auto size = static_cast<std::uint8_t>(random() % 100);
      unit.insert(unit.end(), {0x32, size});
      // Few values, so that start codes and escapes come often, at the ends as well.
      for (int i = 0; i < size; ++i) unit.push_back(static_cast<std::uint8_t>(random() % 5));
    }
    ASSERT_EQ(fromTsObus(toTsObus(unit)).bytes, unit) << round;
  }
}

TEST(Av1InTransportStreams, GivesEachObuItsSize) {
  EXPECT_EQ(fromTsObus(Bytes{0, 0, 1, 0x10, 0, 0, 0, 1, 0x30, 7, 8}).bytes,
            (Bytes{0x12, 1, 0, 0x32, 2, 7, 8}));
}

TEST(Av1InTransportStreams, GivesTheSequenceHeaderByItself) {
  const Bytes header{0x0a, 0x02, 0x55, 0x66};
  EXPECT_EQ(fromTsObus(toTsObus(kUnit)).sequenceHeader, header);
  EXPECT_EQ(fromTsObus(kUnit).sequenceHeader, header);
  EXPECT_TRUE(fromTsObus(toTsObus(Bytes{0x12, 0x00, 0x32, 0x01, 0x10})).sequenceHeader.empty());
}

TEST(Av1InTransportStreams, IsTakenAsItIsWithoutStartCodes) {
  EXPECT_EQ(fromTsObus(kUnit).bytes, kUnit);
}

TEST(Av1InTransportStreams, IsLeftOutFromWhereItMakesNoSense) {
  // The second OBU says that it is longer than there are bytes.
  EXPECT_EQ(fromTsObus(Bytes{0, 0, 1, 0x12, 0, 0, 0, 1, 0x32, 9, 1, 0, 0, 1, 0x32, 1, 5}).bytes,
            (Bytes{0x12, 0}));
  EXPECT_TRUE(fromTsObus(Bytes{0, 0, 1}).bytes.empty());
  EXPECT_TRUE(fromTsObus(Bytes{}).bytes.empty());
  EXPECT_TRUE(toTsObus(Bytes{0xff, 0xff}).empty());
}

}  // namespace
}  // namespace millrace
