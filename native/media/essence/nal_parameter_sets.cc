#include "media/essence/nal_parameter_sets.h"

#include <algorithm>
#include <set>
#include <utility>

#include "media/essence/unit_hasher.h"
#include "media/input/bit_reader.h"
#include "media/input/h264_parameters.h"

namespace millrace {
namespace {

// H.264 7.4.2.1 and 7.4.2.2, HEVC 7.4.3.1 to 7.4.3.3.
constexpr std::size_t kH264Sps = 32;
constexpr std::size_t kH264Pps = 256;
constexpr std::size_t kHevcVps = 16;
constexpr std::size_t kHevcSps = 16;
constexpr std::size_t kHevcPps = 64;

enum H264Unit : std::uint8_t { kH264SpsUnit = 7, kH264PpsUnit = 8 };
enum HevcUnit : std::uint8_t { kHevcVpsUnit = 32, kHevcSpsUnit = 33, kHevcPpsUnit = 34 };

constexpr std::size_t kGeneralProfileBits = 88;
constexpr std::size_t kLevelBits = 8;

struct HevcSps {
  std::uint32_t vps = 0;
  std::uint32_t id = 0;
  NalParameterSets::Size size;
};

// HEVC 7.3.3
void skipProfileTierLevel(BitReader& bits, std::uint32_t subLayers) {
  bits.skip(kGeneralProfileBits + kLevelBits);
  std::array<std::pair<bool, bool>, 8> present{};
  for (std::uint32_t i = 0; i < subLayers; ++i) {
    const bool profile = bits.bit() != 0;
    present[i] = {profile, bits.bit() != 0};
  }
  if (subLayers > 0) bits.skip(std::size_t{2} * (8 - subLayers));
  for (const auto& [profile, level] : present)
    bits.skip((profile ? kGeneralProfileBits : 0) + (level ? kLevelBits : 0));
}

// HEVC 7.3.2.2
std::optional<HevcSps> readHevcSps(std::span<const std::uint8_t> payload) {
  BitReader bits(payload);
  HevcSps sps;
  sps.vps = bits.bits(4);
  const std::uint32_t subLayers = bits.bits(3);
  bits.skip(1);
  skipProfileTierLevel(bits, subLayers);
  sps.id = bits.unsignedGolomb();
  if (bits.overrun()) return std::nullopt;
  const std::uint32_t chroma = bits.unsignedGolomb();
  if (chroma == 3) bits.skip(1);
  const std::uint32_t width = bits.unsignedGolomb();
  const std::uint32_t height = bits.unsignedGolomb();
  std::array<std::uint32_t, 4> crop{};
  if (bits.bit() != 0)
    for (std::uint32_t& side : crop) side = bits.unsignedGolomb();
  const std::int64_t unitX = chroma == 1 || chroma == 2 ? 2 : 1;
  const std::int64_t unitY = chroma == 1 ? 2 : 1;
  const std::int64_t shownWidth = width - unitX * (std::int64_t{crop[0]} + crop[1]);
  const std::int64_t shownHeight = height - unitY * (std::int64_t{crop[2]} + crop[3]);
  const bool sane = !bits.overrun() && shownWidth > 0 && shownHeight > 0 &&
                    shownWidth <= kLargestSide && shownHeight <= kLargestSide;
  if (sane) sps.size = {static_cast<int>(shownWidth), static_cast<int>(shownHeight)};
  return sps;
}

}  // namespace

NalParameterSets::NalParameterSets(bool hevc)
    : hevc_(hevc),
      vps_(hevc ? kHevcVps : 0),
      sps_(hevc ? kHevcSps : kH264Sps),
      pps_(hevc ? kHevcPps : kH264Pps) {}

bool NalParameterSets::isSet(Bytes unit) const {
  if (unit.empty()) return false;
  const int type = hevc_ ? unit[0] >> 1 & 0x3f : unit[0] & 0x1f;
  return hevc_ ? type >= kHevcVpsUnit && type <= kHevcPpsUnit
               : type == kH264SpsUnit || type == kH264PpsUnit;
}

void NalParameterSets::add(Bytes unit) {
  if (hevc_)
    addHevc(unit);
  else
    addH264(unit);
}

void NalParameterSets::addH264(Bytes unit) {
  if (unit.empty()) return;
  const int type = unit[0] & 0x1f;
  if (type == kH264SpsUnit) {
    const std::optional<H264Sps> sps = parseH264Sps(unit);
    if (sps) put(sps_, sps->id, Set{.size = {sps->width, sps->height}}, unit);
  } else if (type == kH264PpsUnit) {
    BitReader bits(unit.subspan(1));
    const std::uint32_t id = bits.unsignedGolomb();
    const std::uint32_t sps = bits.unsignedGolomb();
    if (!bits.overrun()) put(pps_, id, Set{.refersTo = sps}, unit);
  }
}

void NalParameterSets::addHevc(Bytes unit) {
  if (unit.size() < 3) return;
  const Bytes payload = unit.subspan(2);
  BitReader bits(payload);
  switch (unit[0] >> 1 & 0x3f) {
    case kHevcVpsUnit:
      return put(vps_, bits.bits(4), Set{}, unit);
    case kHevcSpsUnit:
      if (const auto sps = readHevcSps(payload))
        put(sps_, sps->id, Set{.refersTo = sps->vps, .size = sps->size}, unit);
      return;
    case kHevcPpsUnit: {
      const std::uint32_t id = bits.unsignedGolomb();
      const std::uint32_t sps = bits.unsignedGolomb();
      if (!bits.overrun()) put(pps_, id, Set{.refersTo = sps}, unit);
      return;
    }
    default:
      return;
  }
}

void NalParameterSets::put(std::vector<Set>& sets, std::uint32_t id, Set set, Bytes unit) {
  if (id >= sets.size()) return;
  const Bytes value = withoutTrailingZeros(unit);
  sha_.start(EssenceTag::kParameterSet);
  sha_.addU32(static_cast<std::uint32_t>(value.size()));
  sha_.add(value);
  set.hash = sha_.finish();
  set.known = true;
  if (sets[id].known && sets[id].hash == set.hash) return;
  sets[id] = set;
  lastAnswer_ = nullptr;
}

std::shared_ptr<const ParameterSetHashes> NalParameterSets::usedBy(
    const std::vector<std::uint32_t>& ppsIds) {
  if (lastAnswer_ && lastAsked_ == ppsIds) return lastAnswer_;
  std::set<std::uint32_t> pps;
  std::set<std::uint32_t> sps;
  std::set<std::uint32_t> vps;
  for (const std::uint32_t id : ppsIds) {
    if (id >= pps_.size() || !pps_[id].known) continue;
    pps.insert(id);
    const std::uint32_t spsId = pps_[id].refersTo;
    if (spsId >= sps_.size() || !sps_[spsId].known) continue;
    sps.insert(spsId);
    const std::uint32_t vpsId = sps_[spsId].refersTo;
    if (vpsId < vps_.size() && vps_[vpsId].known) vps.insert(vpsId);
  }
  ParameterSetHashes hashes;
  for (const std::uint32_t id : vps) hashes.push_back(vps_[id].hash);
  for (const std::uint32_t id : sps) hashes.push_back(sps_[id].hash);
  for (const std::uint32_t id : pps) hashes.push_back(pps_[id].hash);
  lastAsked_ = ppsIds;
  lastAnswer_ = std::make_shared<const ParameterSetHashes>(std::move(hashes));
  return lastAnswer_;
}

NalParameterSets::Size NalParameterSets::sizeOf(std::uint32_t ppsId) const {
  if (ppsId >= pps_.size() || !pps_[ppsId].known) return {};
  const std::uint32_t sps = pps_[ppsId].refersTo;
  return sps < sps_.size() && sps_[sps].known ? sps_[sps].size : Size{};
}

}  // namespace millrace
