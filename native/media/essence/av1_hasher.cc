#include "media/essence/av1_hasher.h"

#include "media/input/bit_reader.h"

namespace millrace {
namespace {

/// AV1 specification 6.2.2.
enum ObuType : std::uint8_t {
  kSequenceHeader = 1,
  kFrameHeader = 3,
  kTileGroup = 4,
  kFrame = 6,
  kTileList = 8
};

constexpr std::uint8_t kHasExtension = 4;
constexpr std::uint8_t kHasSize = 2;
constexpr std::uint8_t kConfigurationMarker = 0x81;  // AV1 in ISOBMFF, 2.3.3: marker and version.
constexpr std::size_t kConfigurationBytes = 4;
constexpr int kMostSizeBytes = 8;
constexpr std::uint32_t kKeyFrame = 0;

struct SequenceHeader {
  bool reduced = false;
  int width = 0;
  int height = 0;
};

// uvlc(), AV1 4.10.3.
void skipUvlc(BitReader& bits) {
  int zeros = 0;
  while (!bits.overrun() && bits.bit() == 0) ++zeros;
  if (zeros < 32) bits.skip(static_cast<std::size_t>(zeros));
}

// AV1 5.5.1, up to the size of the picture.
SequenceHeader readSequenceHeader(std::span<const std::uint8_t> payload) {
  BitReader bits(payload, false);
  SequenceHeader header;
  bits.skip(4);  // seq_profile, still_picture
  header.reduced = bits.bit() != 0;
  if (header.reduced) {
    bits.skip(5);  // seq_level_idx
  } else {
    int delayBits = 0;
    bool decoderModel = false;
    if (bits.bit() != 0) {                  // timing_info_present_flag
      bits.skip(64);                        // num_units_in_display_tick, time_scale
      if (bits.bit() != 0) skipUvlc(bits);  // num_ticks_per_picture_minus_1
      decoderModel = bits.bit() != 0;
      if (decoderModel) {
        delayBits = static_cast<int>(bits.bits(5)) + 1;
        bits.skip(42);  // num_units_in_decoding_tick and two lengths
      }
    }
    const bool initialDelay = bits.bit() != 0;
    const std::uint32_t points = bits.bits(5) + 1;
    for (std::uint32_t i = 0; i < points; ++i) {
      bits.skip(12);                        // operating_point_idc
      if (bits.bits(5) > 7) bits.skip(1);   // seq_level_idx, seq_tier
      if (decoderModel && bits.bit() != 0)  // both delays, low_delay_mode_flag
        bits.skip(static_cast<std::size_t>(2 * delayBits + 1));
      if (initialDelay && bits.bit() != 0) bits.skip(4);
    }
  }
  const int widthBits = static_cast<int>(bits.bits(4)) + 1;
  const int heightBits = static_cast<int>(bits.bits(4)) + 1;
  const std::uint32_t width = bits.bits(widthBits) + 1;
  const std::uint32_t height = bits.bits(heightBits) + 1;
  if (bits.overrun()) return header;
  header.width = static_cast<int>(width);
  header.height = static_cast<int>(height);
  return header;
}

}  // namespace

// Ends at the first OBU that is broken: what follows it cannot be told apart.
template <typename Each>
void Av1Hasher::forEachObu(Bytes bytes, Each each) {
  while (!bytes.empty()) {
    const std::uint8_t first = bytes[0];
    Obu obu;
    obu.type = first >> 3 & 15;
    obu.header = first & static_cast<std::uint8_t>(~kHasSize);
    bytes = bytes.subspan(1);
    if ((first & kHasExtension) != 0) {
      if (bytes.empty()) return;
      obu.extension = bytes[0];
      bytes = bytes.subspan(1);
    }
    std::uint64_t size = bytes.size();
    if ((first & kHasSize) != 0) {  // leb128
      size = 0;
      bool complete = false;
      for (int i = 0; i < kMostSizeBytes && !complete && !bytes.empty(); ++i) {
        size |= static_cast<std::uint64_t>(bytes[0] & 0x7fU) << (7 * i);
        complete = (bytes[0] & 0x80U) == 0;
        bytes = bytes.subspan(1);
      }
      if (!complete || size > bytes.size()) return;
    }
    obu.payload = bytes.first(static_cast<std::size_t>(size));
    bytes = bytes.subspan(static_cast<std::size_t>(size));
    each(obu);
  }
}

void Av1Hasher::describe(const AVCodecParameters& parameters) {
  Bytes extradata = extradataOf(parameters);
  if (extradata.size() >= kConfigurationBytes && extradata[0] == kConfigurationMarker)
    extradata = extradata.subspan(kConfigurationBytes);
  forEachObu(extradata, [this](const Obu& obu) {
    if (obu.type == kSequenceHeader) takeSequenceHeader(obu);
  });
}

std::optional<EssenceUnit> Av1Hasher::hashBytes(Bytes packet, bool markedKey) {
  anyPicture_ = keyFrame_ = false;
  sha_.start(EssenceTag::kUnit);
  forEachObu(packet, [this](const Obu& obu) {
    switch (obu.type) {
      case kSequenceHeader:
        return takeSequenceHeader(obu);
      case kFrameHeader:
      case kTileGroup:
      case kFrame:
      case kTileList:
        return takePicture(obu);
      default:
        return;
    }
  });
  if (!anyPicture_) return std::nullopt;
  EssenceUnit unit;
  unit.hash = sha_.finish();
  unit.video = true;
  unit.codec = EssenceCodec::kAv1;
  unit.key = (keyFrame_ || markedKey) && !sequence_->empty();
  unit.parameterSets = sequence_;
  unit.width = width_;
  unit.height = height_;
  return unit;
}

void Av1Hasher::takeSequenceHeader(const Obu& obu) {
  const Bytes payload = withoutTrailingZeros(obu.payload);
  setSha_.start(EssenceTag::kParameterSet);
  const std::size_t headerBytes = obu.extension ? 2 : 1;
  setSha_.addU32(static_cast<std::uint32_t>(headerBytes + payload.size()));
  setSha_.add({&obu.header, 1});
  if (obu.extension) setSha_.add({&*obu.extension, 1});
  setSha_.add(payload);
  const Digest hash = setSha_.finish();
  if (!sequence_->empty() && sequence_->front() == hash) return;
  sequence_ = std::make_shared<ParameterSetHashes>(1, hash);
  const SequenceHeader header = readSequenceHeader(payload);
  reducedHeader_ = header.reduced;
  width_ = header.width;
  height_ = header.height;
}

void Av1Hasher::takePicture(const Obu& obu) {
  const std::size_t headerBytes = obu.extension ? 2 : 1;
  sha_.addU32(static_cast<std::uint32_t>(headerBytes + obu.payload.size()));
  sha_.add({&obu.header, 1});
  if (obu.extension) sha_.add({&*obu.extension, 1});
  sha_.add(obu.payload);
  if (!anyPicture_ && (obu.type == kFrame || obu.type == kFrameHeader)) {
    BitReader bits(obu.payload, false);
    const bool showsExisting = !reducedHeader_ && bits.bit() != 0;
    keyFrame_ = reducedHeader_ || (!showsExisting && bits.bits(2) == kKeyFrame && bits.bit() != 0);
  }
  anyPicture_ = true;
}

}  // namespace millrace
