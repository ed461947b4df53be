#include "media/essence/aac_hasher.h"

#include <array>

#include "media/input/adts.h"
#include "media/input/bit_reader.h"

namespace millrace {
namespace {

// ISO/IEC 14496-3, 1.6.2.1 and table 1.18.
constexpr std::uint32_t kEscapedObjectType = 31;
constexpr std::uint32_t kEscapedRate = 15;
constexpr std::uint32_t kSbr = 5;
constexpr std::uint32_t kParametricStereo = 29;
constexpr std::array<std::uint32_t, 13> kRates{96'000, 88'200, 64'000, 48'000, 44'100,
                                               32'000, 24'000, 22'050, 16'000, 12'000,
                                               11'025, 8'000,  7'350};

std::uint32_t readObjectType(BitReader& bits) {
  const std::uint32_t type = bits.bits(5);
  return type == kEscapedObjectType ? 32 + bits.bits(6) : type;
}

std::uint32_t readRate(BitReader& bits) {
  const std::uint32_t index = bits.bits(4);
  if (index == kEscapedRate) return bits.bits(24);
  return index < kRates.size() ? kRates[index] : 0;
}

}  // namespace

void AacHasher::describe(const AVCodecParameters& parameters) {
  const std::optional<Format> format = readConfig(extradataOf(parameters));
  described_ = format.has_value();
  if (format) use(*format);
}

std::optional<AacHasher::Format> AacHasher::readConfig(Bytes config) {
  BitReader bits(config, false);
  std::uint32_t objectType = readObjectType(bits);
  const std::uint32_t rate = readRate(bits);
  const std::uint32_t channels = bits.bits(4);
  if (objectType == kSbr || objectType == kParametricStereo) {
    readRate(bits);  // As heard, with SBR.
    objectType = readObjectType(bits);
  }
  if (bits.overrun() || rate == 0) return std::nullopt;
  return Format{static_cast<int>(objectType), rate, static_cast<int>(channels)};
}

std::optional<EssenceUnit> AacHasher::hashBytes(Bytes packet, bool /*markedKey*/) {
  // A described track's frames have no header: one that looks like it is a frame's own bytes.
  if (const auto adts = described_ ? std::nullopt : parseAdts(packet)) {
    use({adts->objectType, static_cast<std::uint32_t>(adts->sampleRate()),
         adts->channelConfiguration});
    packet = packet.subspan(adts->headerBytes);
  }
  EssenceUnit unit;
  unit.hash = hashPiece(sha_, EssenceTag::kUnit, packet);
  unit.codec = EssenceCodec::kAac;
  unit.key = true;
  unit.parameterSets = format_;
  return unit;
}

void AacHasher::use(const Format& format) {
  const std::array<std::uint8_t, 6> bytes{static_cast<std::uint8_t>(format.objectType),
                                          static_cast<std::uint8_t>(format.sampleRateHz >> 24),
                                          static_cast<std::uint8_t>(format.sampleRateHz >> 16),
                                          static_cast<std::uint8_t>(format.sampleRateHz >> 8),
                                          static_cast<std::uint8_t>(format.sampleRateHz),
                                          static_cast<std::uint8_t>(format.channelConfiguration)};
  const Digest hash = hashPiece(sha_, EssenceTag::kParameterSet, bytes);
  if (!format_->empty() && format_->front() == hash) return;
  format_ = std::make_shared<ParameterSetHashes>(1, hash);
}

}  // namespace millrace
