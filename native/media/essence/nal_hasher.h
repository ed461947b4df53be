#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "media/essence/essence_unit.h"
#include "media/essence/nal_parameter_sets.h"
#include "media/essence/unit_hasher.h"

namespace millrace {

/// H.264 and HEVC: the slice NAL units of the base layer, however they are framed.
class NalHasher final : public UnitHasher {
 public:
  /// `codec`: one of the two.
  explicit NalHasher(EssenceCodec codec)
      : codec_(codec), hevc_(codec == EssenceCodec::kHevc), sets_(hevc_) {}

  void describe(const AVCodecParameters& parameters) override;

 protected:
  std::optional<EssenceUnit> hashBytes(Bytes packet, bool markedKey) override;

 private:
  void takeNalUnit(Bytes unit);
  void takeSlice(Bytes unit, std::uint32_t ppsId);
  void takeOther(Bytes unit);
  void settleSets();
  void readH264Record(Bytes record);
  void readHevcRecord(Bytes record);

  EssenceCodec codec_;
  bool hevc_;
  std::size_t lengthSize_ = 0;  ///< Bytes of the length before each NAL unit; 0: Annex B.
  NalParameterSets sets_;
  Sha256 sha_;
  /// Of the packet being hashed.
  bool anySlice_ = false;
  bool startsStream_ = false;
  NalParameterSets::Size size_;
  std::vector<std::uint32_t> ppsIds_;  ///< Of the slices since the last set that came behind one.
  ParameterSetHashes settledSets_;     ///< Those of the slices before that, each once.
};

}  // namespace millrace
