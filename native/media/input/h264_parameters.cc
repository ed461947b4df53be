#include "media/input/h264_parameters.h"

#include <algorithm>
#include <cstddef>

#include "media/input/bit_reader.h"

namespace millrace {
namespace {

constexpr int kIdrSlice = 5;  // H.264 table 7-1
constexpr std::uint32_t kMostSps = 32;
constexpr std::uint32_t kMaxLog2MinusFour = 12;
constexpr std::uint32_t kMaxFramesInPicOrderCycle = 255;

bool hasChromaFormat(std::uint32_t profile) {
  constexpr std::array<std::uint32_t, 13> kProfiles = {100, 110, 122, 244, 44,  83, 86,
                                                       118, 128, 138, 139, 134, 135};
  return std::ranges::find(kProfiles, profile) != kProfiles.end();
}

void skipScalingLists(BitReader& bits, std::uint32_t chromaFormat) {
  const int lists = chromaFormat == 3 ? 12 : 8;
  for (int list = 0; list < lists; ++list) {
    if (bits.bit() == 0) continue;
    const int size = list < 6 ? 16 : 64;
    std::uint32_t next = 8;
    for (int i = 0; i < size && next != 0 && !bits.overrun(); ++i) {
      next = (next + static_cast<std::uint32_t>(bits.signedGolomb())) & 0xff;
    }
  }
}

// What is behind frame_mbs_only_flag: H.264 7.3.2.1.1 and 7.4.2.1.1.
void readPictureSize(BitReader& bits, std::uint32_t chromaFormat, std::uint32_t widthMbs,
                     std::uint32_t heightUnits, H264Sps& sps) {
  if (!sps.frameMbsOnly) bits.skip(1);  // mb_adaptive_frame_field_flag
  bits.skip(1);                         // direct_8x8_inference_flag
  std::array<std::uint32_t, 4> crop{};  // Left, right, top, bottom.
  if (bits.bit() != 0)
    for (std::uint32_t& side : crop) side = bits.unsignedGolomb();
  const std::uint32_t chroma = sps.separateColourPlanes ? 0 : chromaFormat;
  const int fields = sps.frameMbsOnly ? 1 : 2;
  const std::int64_t unitX = chroma == 1 || chroma == 2 ? 2 : 1;
  const std::int64_t unitY = chroma == 1 ? 2 * fields : fields;
  const std::int64_t width =
      16 * (std::int64_t{widthMbs} + 1) - unitX * (std::int64_t{crop[0]} + crop[1]);
  const std::int64_t height =
      16 * fields * (std::int64_t{heightUnits} + 1) - unitY * (std::int64_t{crop[2]} + crop[3]);
  if (bits.overrun() || width <= 0 || height <= 0 || width > kLargestSide || height > kLargestSide)
    return;
  sps.width = static_cast<int>(width);
  sps.height = static_cast<int>(height);
}

}  // namespace

std::optional<H264Sps> parseH264Sps(std::span<const std::uint8_t> unit) {
  if (unit.empty()) return std::nullopt;
  BitReader bits(unit.subspan(1));
  H264Sps sps;
  const std::uint32_t profile = bits.bits(8);
  bits.skip(16);  // Constraints and level.
  sps.id = bits.unsignedGolomb();
  std::uint32_t chromaFormat = 1;
  if (hasChromaFormat(profile)) {
    chromaFormat = bits.unsignedGolomb();
    if (chromaFormat == 3) sps.separateColourPlanes = bits.bit() != 0;
    bits.unsignedGolomb();  // bit_depth_luma_minus8
    bits.unsignedGolomb();  // bit_depth_chroma_minus8
    bits.skip(1);           // qpprime_y_zero_transform_bypass_flag
    if (bits.bit() != 0) skipScalingLists(bits, chromaFormat);
  }
  const std::uint32_t frameNumBits = bits.unsignedGolomb();
  sps.picOrderType = bits.unsignedGolomb();
  std::uint32_t picOrderLsbBits = 0;
  if (sps.picOrderType == 0) {
    picOrderLsbBits = bits.unsignedGolomb();
  } else if (sps.picOrderType == 1) {
    sps.deltaPicOrderAlwaysZero = bits.bit() != 0;
    bits.signedGolomb();  // offset_for_non_ref_pic
    bits.signedGolomb();  // offset_for_top_to_bottom_field
    const std::uint32_t cycle = bits.unsignedGolomb();
    if (cycle > kMaxFramesInPicOrderCycle) return std::nullopt;
    for (std::uint32_t i = 0; i < cycle; ++i) bits.signedGolomb();
  }
  bits.unsignedGolomb();  // max_num_ref_frames
  bits.skip(1);           // gaps_in_frame_num_value_allowed_flag
  const std::uint32_t widthMbs = bits.unsignedGolomb();
  const std::uint32_t heightUnits = bits.unsignedGolomb();
  sps.frameMbsOnly = bits.bit() != 0;
  if (bits.overrun() || sps.id >= kMostSps || frameNumBits > kMaxLog2MinusFour ||
      picOrderLsbBits > kMaxLog2MinusFour || sps.picOrderType > 2) {
    return std::nullopt;
  }
  sps.frameNumBits = static_cast<int>(frameNumBits) + 4;
  sps.picOrderLsbBits = static_cast<int>(picOrderLsbBits) + 4;
  readPictureSize(bits, chromaFormat, widthMbs, heightUnits, sps);
  return sps;
}

void H264Parameters::addSps(std::span<const std::uint8_t> unit) {
  if (const std::optional<H264Sps> sps = parseH264Sps(unit)) sps_[sps->id] = *sps;
}

void H264Parameters::addPps(std::span<const std::uint8_t> unit) {
  if (unit.empty()) return;
  BitReader bits(unit.subspan(1));
  Pps pps;
  const std::uint32_t id = bits.unsignedGolomb();
  pps.sps = bits.unsignedGolomb();
  bits.skip(1);  // entropy_coding_mode_flag
  pps.bottomFieldPicOrder = bits.bit() != 0;
  const bool sliceGroups = bits.unsignedGolomb() != 0;
  bits.unsignedGolomb();  // num_ref_idx_l0_default_active_minus1
  bits.unsignedGolomb();  // num_ref_idx_l1_default_active_minus1
  bits.skip(3);           // Weighted prediction.
  bits.signedGolomb();    // pic_init_qp_minus26
  bits.signedGolomb();    // pic_init_qs_minus26
  bits.signedGolomb();    // chroma_qp_index_offset
  bits.skip(2);           // Deblocking control, constrained intra prediction.
  pps.redundantPictures = bits.bit() != 0;
  if (bits.overrun() || id >= pps_.size() || pps.sps >= sps_.size()) return;
  pps.valid = !sliceGroups;  // Slices of slice groups come in any order: nothing can be told.
  pps_[id] = pps;
}

std::optional<H264Slice> H264Parameters::readSlice(std::span<const std::uint8_t> unit) const {
  if (unit.empty()) return std::nullopt;
  const bool idr = (unit[0] & 0x1f) == kIdrSlice;
  BitReader bits(unit.subspan(1));
  bits.unsignedGolomb();  // first_mb_in_slice
  bits.unsignedGolomb();  // slice_type
  const std::uint32_t id = bits.unsignedGolomb();
  if (bits.overrun() || id >= pps_.size()) return std::nullopt;
  const Pps& pps = pps_[id];
  if (!pps.valid || !sps_[pps.sps]) return std::nullopt;
  const H264Sps& sps = *sps_[pps.sps];

  H264Slice slice;
  if (sps.separateColourPlanes) bits.skip(2);
  slice.frameNum = bits.bits(sps.frameNumBits);
  if (!sps.frameMbsOnly) {
    slice.field = bits.bit() != 0;
    slice.bottom = slice.field && bits.bit() != 0;
  }
  if (idr) bits.unsignedGolomb();  // idr_pic_id
  if (sps.picOrderType == 0) {
    bits.skip(static_cast<std::size_t>(sps.picOrderLsbBits));
    if (pps.bottomFieldPicOrder && !slice.field) bits.signedGolomb();
  } else if (sps.picOrderType == 1 && !sps.deltaPicOrderAlwaysZero) {
    bits.signedGolomb();
    if (pps.bottomFieldPicOrder && !slice.field) bits.signedGolomb();
  }
  if (pps.redundantPictures) slice.redundant = bits.unsignedGolomb() != 0;
  if (bits.overrun()) return std::nullopt;
  return slice;
}

}  // namespace millrace
