#include "media/essence/sha256.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millrace {
namespace {

std::vector<std::uint8_t> someBytes(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  std::uint32_t value = 1;
  for (std::uint8_t& byte : bytes) {
    value = value * 1'664'525 + 1'013'904'223;
    byte = static_cast<std::uint8_t>(value >> 24);
  }
  return bytes;
}

Digest hashInPieces(Sha256& sha, std::span<const std::uint8_t> bytes, std::size_t piece) {
  sha.start(EssenceTag::kNode);
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    sha.add(bytes.subspan(at, std::min(piece, bytes.size() - at)));
  return sha.finish();
}

class Sha256With : public testing::TestWithParam<Sha256::With> {};
INSTANTIATE_TEST_SUITE_P(Either, Sha256With,
                         testing::Values(Sha256::With::kTheBest, Sha256::With::kLibavutil),
                         [](const auto& with) {
                           return with.param == Sha256::With::kTheBest ? "TheBest" : "Libavutil";
                         });

TEST_P(Sha256With, GivesWhatTheStandardDoes) {
  Sha256 sha(GetParam());
  sha.start(EssenceTag::kUnit);
  const Digest ofOneZeroByte = sha.finish();
  EXPECT_EQ(hexOf(ofOneZeroByte),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(Sha256, GivesTheSameWithTheProcessorsInstructionsAndWithout) {
  Sha256 best;
  Sha256 library(Sha256::With::kLibavutil);
  const std::vector<std::uint8_t> bytes = someBytes(1'000);
  for (std::size_t length = 0; length <= 300; ++length) {
    const std::span<const std::uint8_t> message(bytes.data(), length);
    EXPECT_EQ(hashInPieces(best, message, 1'000), hashInPieces(library, message, 1'000)) << length;
  }
  for (const std::size_t piece : {1U, 3U, 63U, 64U, 65U, 127U, 128U, 500U})
    EXPECT_EQ(hashInPieces(best, bytes, piece), hashInPieces(library, bytes, 1'000)) << piece;
}

TEST(Sha256, StartsAnewAfterAMessageThatWasNotEnded) {
  Sha256 sha;
  const std::vector<std::uint8_t> bytes = someBytes(70);
  const Digest expected = hashInPieces(sha, bytes, 70);
  sha.start(EssenceTag::kUnit);
  sha.add(bytes);
  EXPECT_EQ(hashInPieces(sha, bytes, 70), expected);
}

}  // namespace
}  // namespace millrace
