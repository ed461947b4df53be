#include "media/essence/unit_hasher.h"

#include <utility>

#include "media/essence/aac_hasher.h"
#include "media/essence/av1_hasher.h"
#include "media/essence/nal_hasher.h"
#include "media/essence/plain_hasher.h"

namespace millrace {

EssenceCodec UnitHasher::codecOf(AVCodecID id) {
  switch (id) {
    case AV_CODEC_ID_H264:
      return EssenceCodec::kH264;
    case AV_CODEC_ID_HEVC:
      return EssenceCodec::kHevc;
    case AV_CODEC_ID_AV1:
      return EssenceCodec::kAv1;
    case AV_CODEC_ID_AAC:
      return EssenceCodec::kAac;
    case AV_CODEC_ID_OPUS:
      return EssenceCodec::kOpus;
    default:
      return EssenceCodec::kOther;
  }
}

std::unique_ptr<UnitHasher> UnitHasher::forTrack(const AVCodecParameters& parameters) {
  if (parameters.codec_id == AV_CODEC_ID_WRAPPED_AVFRAME) return nullptr;
  std::unique_ptr<UnitHasher> hasher;
  switch (codecOf(parameters.codec_id)) {
    case EssenceCodec::kH264:
      hasher = std::make_unique<NalHasher>(EssenceCodec::kH264);
      break;
    case EssenceCodec::kHevc:
      hasher = std::make_unique<NalHasher>(EssenceCodec::kHevc);
      break;
    case EssenceCodec::kAv1:
      hasher = std::make_unique<Av1Hasher>();
      break;
    case EssenceCodec::kAac:
      hasher = std::make_unique<AacHasher>();
      break;
    default:
      hasher = std::make_unique<PlainHasher>();
      break;
  }
  hasher->describe(parameters);
  return hasher;
}

std::optional<EssenceUnit> UnitHasher::hash(const AVPacket& packet) {
  if (packet.data == nullptr || packet.size <= 0) return std::nullopt;
  std::optional<EssenceUnit> unit = hashBytes({packet.data, static_cast<std::size_t>(packet.size)},
                                              (packet.flags & AV_PKT_FLAG_KEY) != 0);
  if (!unit) return unit;
  unit->timestampUs = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  unit->durationUs = packet.duration;
  return unit;
}

Digest UnitHasher::hashPiece(Sha256& sha, EssenceTag tag, Bytes piece) {
  sha.start(tag);
  sha.addU32(static_cast<std::uint32_t>(piece.size()));
  sha.add(piece);
  return sha.finish();
}

UnitHasher::Bytes UnitHasher::extradataOf(const AVCodecParameters& parameters) {
  return {parameters.extradata, static_cast<std::size_t>(parameters.extradata_size)};
}

std::span<const std::uint8_t> withoutTrailingZeros(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
  return bytes;
}

}  // namespace millrace
