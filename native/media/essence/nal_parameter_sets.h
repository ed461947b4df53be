#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "media/essence/essence_unit.h"

namespace millrace {

/// The parameter sets of an H.264 or HEVC track that are in effect, by value and by number. Units
/// are NAL units with their header and emulation prevention; their bytes are hostile. One thread.
class NalParameterSets {
 public:
  using Bytes = std::span<const std::uint8_t>;

  explicit NalParameterSets(bool hevc);

  /// Whether it is of the type of one, broken or not.
  bool isSet(Bytes unit) const;
  /// Takes the place of the set with the same number. What is none, or is broken, is ignored.
  void add(Bytes unit);

  /// What slices with these PPS numbers use: VPS, SPS, PPS, each kind by number; without those that
  /// are not known.
  std::shared_ptr<const ParameterSetHashes> usedBy(const std::vector<std::uint32_t>& ppsIds);

  struct Size {
    int width = 0;  ///< 0: not known.
    int height = 0;
  };
  /// Of the pictures with this PPS.
  Size sizeOf(std::uint32_t ppsId) const;

 private:
  struct Set {
    bool known = false;
    Digest hash{};
    std::uint32_t refersTo = 0;  ///< An SPS to its VPS, a PPS to its SPS.
    Size size;                   ///< Of an SPS.
  };

  void addH264(Bytes unit);
  void addHevc(Bytes unit);
  void put(std::vector<Set>& sets, std::uint32_t id, Set set, Bytes unit);

  bool hevc_;
  Sha256 sha_;
  std::vector<Set> vps_;
  std::vector<Set> sps_;
  std::vector<Set> pps_;
  std::vector<std::uint32_t> lastAsked_;
  std::shared_ptr<const ParameterSetHashes> lastAnswer_;  ///< Null: something has changed since.
};

}  // namespace millrace
