#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "media/essence/essence_unit.h"
#include "media/libav.h"

namespace millrace {

/// Hashes the access units of one track, and keeps what of its parameter sets is in effect. Its
/// input is hostile. One thread.
class UnitHasher {
 public:
  using Bytes = std::span<const std::uint8_t>;

  /// Null: nothing of this track is coded media (the test pattern's pictures).
  static std::unique_ptr<UnitHasher> forTrack(const AVCodecParameters& parameters);
  static EssenceCodec codecOf(AVCodecID id);

  virtual ~UnitHasher() = default;

  /// What the container says beside the packets holds from the next packet on. The codec stays.
  virtual void describe(const AVCodecParameters& parameters) = 0;
  /// Timestamps are in microseconds. Nothing: there is no picture or sound in the packet, only
  /// parameter sets perhaps, which hold from now on.
  std::optional<EssenceUnit> hash(const AVPacket& packet);

 protected:
  /// Fills in all but the timestamps.
  virtual std::optional<EssenceUnit> hashBytes(Bytes packet, bool markedKey) = 0;
  /// Of a message that is one piece with its length before it.
  static Digest hashPiece(Sha256& sha, EssenceTag tag, Bytes piece);
  static Bytes extradataOf(const AVCodecParameters& parameters);
};

/// Without the zero bytes at the end, which containers add and take away.
std::span<const std::uint8_t> withoutTrailingZeros(std::span<const std::uint8_t> bytes);

}  // namespace millrace
