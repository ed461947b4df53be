#pragma once

#include <memory>
#include <optional>

#include "media/essence/unit_hasher.h"

namespace millrace {

/// Opus, whose packets are its frames, and every codec that has no rules of its own: the bytes of
/// packets as they are.
class PlainHasher final : public UnitHasher {
 public:
  void describe(const AVCodecParameters& parameters) override;

 protected:
  std::optional<EssenceUnit> hashBytes(Bytes packet, bool markedKey) override;

 private:
  Sha256 sha_;
  EssenceCodec codec_ = EssenceCodec::kOther;
  bool video_ = false;
  int width_ = 0;
  int height_ = 0;
  std::shared_ptr<const ParameterSetHashes> format_;
};

}  // namespace millrace
