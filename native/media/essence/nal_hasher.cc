#include "media/essence/nal_hasher.h"

#include <algorithm>

#include "media/input/bit_reader.h"
#include "media/input/nal_units.h"

namespace millrace {
namespace {

/// H.264 table 7-1: slices, whole and in partitions.
enum H264Unit : std::uint8_t { kH264Slice = 1, kH264PartitionA = 2, kH264Idr = 5 };
/// HEVC table 7-1.
enum HevcUnit : std::uint8_t { kHevcIrapFirst = 16, kHevcIrapLast = 23, kHevcVclLast = 31 };

/// No slice has it: what goes on with a slice does not name its PPS.
constexpr std::uint32_t kNoPps = UINT32_MAX;

/// No picture has so many; the essence of one that has is another in any case.
constexpr std::size_t kMostSettledSets = 512;

constexpr std::size_t kH264RecordBytes = 6;
constexpr std::size_t kHevcRecordBytes = 22;

/// Calls `each` with `count` units behind lengths of two bytes; returns what is behind them.
template <typename Each>
std::span<const std::uint8_t> forEachListed(std::span<const std::uint8_t> bytes, unsigned count,
                                            Each each) {
  for (; count > 0 && bytes.size() >= 2; --count) {
    const std::size_t length = static_cast<std::size_t>(bytes[0]) << 8 | bytes[1];
    if (length > bytes.size() - 2) return {};
    each(bytes.subspan(2, length));
    bytes = bytes.subspan(2 + length);
  }
  return bytes;
}

}  // namespace

void NalHasher::describe(const AVCodecParameters& parameters) {
  const Bytes extradata = extradataOf(parameters);
  lengthSize_ = 0;
  if (!hevc_ && extradata.size() > kH264RecordBytes && extradata[0] == 1)
    return readH264Record(extradata);
  if (hevc_ && extradata.size() > kHevcRecordBytes &&
      (extradata[0] != 0 || extradata[1] != 0 || extradata[2] > 1))
    return readHevcRecord(extradata);
  forEachAnnexB(extradata, [this](Bytes unit) { sets_.add(unit); });
}

// ISO/IEC 14496-15, 5.3.3.1
void NalHasher::readH264Record(Bytes record) {
  lengthSize_ = (record[4] & 3U) + 1;
  const auto add = [this](Bytes unit) { sets_.add(unit); };
  const Bytes rest = forEachListed(record.subspan(kH264RecordBytes), record[5] & 0x1fU, add);
  if (!rest.empty()) forEachListed(rest.subspan(1), rest[0], add);
}

// ISO/IEC 14496-15, 8.3.3.1
void NalHasher::readHevcRecord(Bytes record) {
  lengthSize_ = (record[21] & 3U) + 1;
  Bytes rest = record.subspan(kHevcRecordBytes + 1);
  for (unsigned arrays = record[kHevcRecordBytes]; arrays > 0 && rest.size() >= 3; --arrays) {
    const unsigned count = static_cast<unsigned>(rest[1]) << 8 | rest[2];
    rest = forEachListed(rest.subspan(3), count, [this](Bytes unit) { sets_.add(unit); });
  }
}

std::optional<EssenceUnit> NalHasher::hashBytes(Bytes packet, bool markedKey) {
  anySlice_ = startsStream_ = false;
  size_ = {};
  ppsIds_.clear();
  settledSets_.clear();
  sha_.start(EssenceTag::kUnit);
  const auto each = [this](Bytes unit) { takeNalUnit(withoutTrailingZeros(unit)); };
  if (lengthSize_ == 0)
    forEachAnnexB(packet, each);
  else
    forEachLengthPrefixed(packet, lengthSize_, each);
  if (!anySlice_) return std::nullopt;
  EssenceUnit unit;
  unit.hash = sha_.finish();
  unit.video = true;
  unit.codec = codec_;
  unit.key = startsStream_ || markedKey;
  unit.width = size_.width;
  unit.height = size_.height;
  if (settledSets_.empty()) {
    unit.parameterSets = sets_.usedBy(ppsIds_);
  } else {
    settleSets();
    unit.parameterSets = std::make_shared<const ParameterSetHashes>(settledSets_);
  }
  return unit;
}

void NalHasher::takeNalUnit(Bytes unit) {
  if (unit.empty()) return;
  if (!hevc_) {
    const int type = unit[0] & 0x1f;
    if (type < kH264Slice || type > kH264Idr) return takeOther(unit);
    startsStream_ = startsStream_ || type == kH264Idr;
    BitReader bits(unit.subspan(1));
    bits.unsignedGolomb();  // first_mb_in_slice
    bits.unsignedGolomb();  // slice_type
    const std::uint32_t ppsId = bits.unsignedGolomb();
    const bool isNamed = type <= kH264PartitionA || type == kH264Idr;
    return takeSlice(unit, isNamed && !bits.overrun() ? ppsId : kNoPps);
  }
  if (unit.size() < 2) return;
  const int type = unit[0] >> 1 & 0x3f;
  const int layer = (unit[0] & 1) << 5 | unit[1] >> 3;
  if (layer != 0) return;
  if (type > kHevcVclLast) return takeOther(unit);
  const bool irap = type >= kHevcIrapFirst && type <= kHevcIrapLast;
  startsStream_ = startsStream_ || irap;
  BitReader bits(unit.subspan(2));
  bits.skip(irap ? 2 : 1);  // first_slice_segment_in_pic_flag, no_output_of_prior_pics_flag
  const std::uint32_t ppsId = bits.unsignedGolomb();
  takeSlice(unit, bits.overrun() ? kNoPps : ppsId);
}

void NalHasher::takeSlice(Bytes unit, std::uint32_t ppsId) {
  anySlice_ = true;
  sha_.addU32(static_cast<std::uint32_t>(unit.size()));
  sha_.add(unit);
  if (size_.width == 0 && ppsId != kNoPps) size_ = sets_.sizeOf(ppsId);
  // A picture has hundreds of slices at most times one PPS.
  if (ppsId != kNoPps && (ppsIds_.empty() || ppsIds_.back() != ppsId) &&
      std::ranges::find(ppsIds_, ppsId) == ppsIds_.end())
    ppsIds_.push_back(ppsId);
}

void NalHasher::takeOther(Bytes unit) {
  // A decoder reads a slice with the sets that came before it, so one behind it changes nothing.
  if (!ppsIds_.empty() && sets_.isSet(unit)) settleSets();
  sets_.add(unit);
}

void NalHasher::settleSets() {
  for (const Digest& hash : *sets_.usedBy(ppsIds_))
    if (settledSets_.size() < kMostSettledSets &&
        std::ranges::find(settledSets_, hash) == settledSets_.end())
      settledSets_.push_back(hash);
  ppsIds_.clear();
}

}  // namespace millrace
