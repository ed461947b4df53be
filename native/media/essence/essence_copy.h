#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "media/essence/essence_unit.h"

namespace millrace {

/// All units of one track of a copy, side by side.
struct EssenceCopyTrack {
  bool video = false;
  EssenceCodec codec = EssenceCodec::kOther;
  int width = 0;  ///< Of the first picture; 0: not known, or audio.
  int height = 0;
  std::vector<Digest> parameterSets;  ///< Distinct, in order of first use.
  /// Distinct, each of places in `parameterSets`: what a unit refers to.
  std::vector<std::vector<std::uint32_t>> setLists;
  /// One of each for every unit, in decode order.
  std::vector<Digest> hashes;
  std::vector<std::uint8_t> keys;
  std::vector<std::int64_t> timestampsUs;
  std::vector<std::uint32_t> setListOf;  ///< Places in `setLists`.
};

/// What a medium is made of, unit by unit.
struct EssenceCopy {
  std::vector<EssenceCopyTrack> tracks;  ///< In the order in which they showed themselves.
};

/// Collects the units of a copy. One thread.
class EssenceCollector {
 public:
  /// Past so many units of a track nothing is kept: 4 hours at 240 frames a second.
  static constexpr std::size_t kMostUnits = 4'000'000;

  /// False: there is no room for more. Pictures before the first keyframe are left out.
  bool add(const EssenceUnit& unit);
  EssenceCopy take() { return std::move(copy_); }

 private:
  /// How a track's sets are found again.
  struct Index {
    std::map<Digest, std::uint32_t> sets;
    std::map<std::vector<std::uint32_t>, std::uint32_t> lists;
    std::shared_ptr<const ParameterSetHashes> lastSets;
    std::uint32_t lastList = 0;
  };
  std::size_t trackOf(const EssenceUnit& unit);
  static std::uint32_t listOf(const EssenceUnit& unit, EssenceCopyTrack& track, Index& index);

  EssenceCopy copy_;
  std::vector<Index> indexes_;
};

}  // namespace millrace
