#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "media/essence/unit_hasher.h"

namespace millrace {

/// AV1: the OBUs of a temporal unit that hold pictures, in the low-overhead format that containers
/// carry.
class Av1Hasher final : public UnitHasher {
 public:
  void describe(const AVCodecParameters& parameters) override;

 protected:
  std::optional<EssenceUnit> hashBytes(Bytes packet, bool markedKey) override;

 private:
  /// One OBU; `payload` is what is behind header and size.
  struct Obu {
    std::uint8_t type = 0;
    std::uint8_t header = 0;                  ///< With has_size_field cleared.
    std::optional<std::uint8_t> extension{};  ///< The header's second byte.
    Bytes payload;
  };
  template <typename Each>
  static void forEachObu(Bytes bytes, Each each);
  void takeSequenceHeader(const Obu& obu);
  void takePicture(const Obu& obu);

  Sha256 sha_;
  Sha256 setSha_;
  std::shared_ptr<const ParameterSetHashes> sequence_ = std::make_shared<ParameterSetHashes>();
  bool reducedHeader_ = false;  ///< reduced_still_picture_header
  int width_ = 0;
  int height_ = 0;
  /// Of the packet being hashed.
  bool anyPicture_ = false;
  bool keyFrame_ = false;
};

}  // namespace millrace
