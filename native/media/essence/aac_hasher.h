#pragma once

#include <memory>
#include <optional>

#include "media/essence/unit_hasher.h"

namespace millrace {

/// AAC: raw frames, without the ADTS header that a frame may still have.
class AacHasher final : public UnitHasher {
 public:
  void describe(const AVCodecParameters& parameters) override;

 protected:
  std::optional<EssenceUnit> hashBytes(Bytes packet, bool markedKey) override;

 private:
  /// The core's, which is all that ADTS tells.
  struct Format {
    int objectType = 0;
    std::uint32_t sampleRateHz = 0;
    int channelConfiguration = 0;
  };
  static std::optional<Format> readConfig(Bytes config);
  void use(const Format& format);

  Sha256 sha_;
  bool described_ = false;
  std::shared_ptr<const ParameterSetHashes> format_ = std::make_shared<ParameterSetHashes>();
};

}  // namespace millrace
