#include "h264_headers.h"

#include <algorithm>
#include <array>
#include <span>

#include "bit_writer.h"

namespace nvidia_double {
namespace {

constexpr unsigned kHighProfile = 100;
constexpr std::uint8_t kSpsHeader = 0x67;
constexpr std::uint8_t kPpsHeader = 0x68;

constexpr std::array<std::uint8_t, 16> kZigzag4x4{0, 1,  4,  8,  5, 2,  3,  6,
                                                  9, 12, 13, 10, 7, 11, 14, 15};
constexpr std::array<std::uint8_t, 64> kZigzag8x8{
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

void writeScalingList(BitWriter& out, std::span<const std::uint8_t> raster,
                      std::span<const std::uint8_t> zigzag) {
  out.flag(true);  // pic_scaling_list_present_flag
  int last = 8;
  for (const std::uint8_t place : zigzag) {
    const int delta = raster[place] - last;
    out.signedCode(delta > 127 ? delta - 256 : delta < -128 ? delta + 256 : delta);
    last = raster[place];
  }
}

/// Reads exp-Golomb codes from the start of a slice, whose emulation prevention is undone.
class SliceReader {
 public:
  explicit SliceReader(std::span<const std::uint8_t> slice) {
    int zeros = 0;
    // The fields that are read take some twenty bytes at most.
    for (const std::uint8_t byte : slice.first(std::min<std::size_t>(slice.size(), 40))) {
      if (zeros >= 2 && byte == 3) {
        zeros = 0;
        continue;
      }
      bytes_.push_back(byte);
      zeros = byte == 0 ? zeros + 1 : 0;
    }
  }

  unsigned unsignedCode() {
    int zeros = 0;
    while (zeros < 31 && !bit()) ++zeros;
    unsigned value = 1;
    for (int index = 0; index < zeros; ++index) value = value << 1 | (bit() ? 1U : 0U);
    return value - 1;
  }

 private:
  bool bit() {
    const std::size_t byte = place_ / 8;
    const bool set = byte < bytes_.size() && (bytes_[byte] >> (7 - place_ % 8) & 1) != 0;
    ++place_;
    return set;
  }

  std::vector<std::uint8_t> bytes_;
  std::size_t place_ = 0;
};

}  // namespace

std::vector<std::uint8_t> sequenceParameterSet(const CUVIDPICPARAMS& picture, bool mbaff) {
  const CUVIDH264PICPARAMS& h264 = picture.CodecSpecific.h264;
  const bool framesOnly = h264.frame_mbs_only_flag != 0;
  BitWriter out;
  out.bits(kHighProfile, 8);
  out.bits(0, 8);       // constraint flags
  out.bits(51, 8);      // level_idc: no smaller one limits what follows
  out.unsignedCode(0);  // seq_parameter_set_id
  out.unsignedCode(1);  // chroma_format_idc: 4:2:0
  out.unsignedCode(h264.bit_depth_luma_minus8);
  out.unsignedCode(h264.bit_depth_chroma_minus8);
  out.flag(h264.qpprime_y_zero_transform_bypass_flag != 0);
  out.flag(false);  // seq_scaling_matrix_present_flag: the picture's has them all
  out.unsignedCode(static_cast<unsigned>(h264.log2_max_frame_num_minus4));
  out.unsignedCode(static_cast<unsigned>(h264.pic_order_cnt_type));
  if (h264.pic_order_cnt_type == 0) {
    out.unsignedCode(static_cast<unsigned>(h264.log2_max_pic_order_cnt_lsb_minus4));
  } else if (h264.pic_order_cnt_type == 1) {
    out.flag(h264.delta_pic_order_always_zero_flag != 0);
    // NVDEC is not told the offsets: it has the picture's own count. Only the direct and implicit
    // prediction of B-frames would notice that here.
    out.signedCode(0);
    out.signedCode(0);
    out.unsignedCode(0);
  }
  out.unsignedCode(static_cast<unsigned>(h264.num_ref_frames));
  out.flag(false);  // gaps_in_frame_num_value_allowed_flag
  out.unsignedCode(static_cast<unsigned>(picture.PicWidthInMbs - 1));
  out.unsignedCode(static_cast<unsigned>(picture.FrameHeightInMbs / (framesOnly ? 1 : 2) - 1));
  out.flag(framesOnly);
  if (!framesOnly) out.flag(mbaff);
  out.flag(h264.direct_8x8_inference_flag != 0);
  out.flag(false);  // frame_cropping_flag
  out.flag(false);  // vui_parameters_present_flag
  return out.nalUnit(kSpsHeader);
}

std::vector<std::uint8_t> pictureParameterSet(const CUVIDPICPARAMS& picture, unsigned id) {
  const CUVIDH264PICPARAMS& h264 = picture.CodecSpecific.h264;
  BitWriter out;
  out.unsignedCode(id);
  out.unsignedCode(0);  // seq_parameter_set_id
  out.flag(h264.entropy_coding_mode_flag != 0);
  out.flag(h264.pic_order_present_flag != 0);
  out.unsignedCode(0);  // num_slice_groups_minus1
  out.unsignedCode(static_cast<unsigned>(h264.num_ref_idx_l0_active_minus1));
  out.unsignedCode(static_cast<unsigned>(h264.num_ref_idx_l1_active_minus1));
  out.flag(h264.weighted_pred_flag != 0);
  out.bits(static_cast<unsigned>(h264.weighted_bipred_idc), 2);
  out.signedCode(h264.pic_init_qp_minus26);
  out.signedCode(0);  // pic_init_qs_minus26
  out.signedCode(h264.chroma_qp_index_offset);
  out.flag(h264.deblocking_filter_control_present_flag != 0);
  out.flag(h264.constrained_intra_pred_flag != 0);
  out.flag(h264.redundant_pic_cnt_present_flag != 0);
  out.flag(h264.transform_8x8_mode_flag != 0);
  out.flag(true);  // pic_scaling_matrix_present_flag
  for (const auto& list : h264.WeightScale4x4) writeScalingList(out, list, kZigzag4x4);
  if (h264.transform_8x8_mode_flag != 0)
    for (const auto& list : h264.WeightScale8x8) writeScalingList(out, list, kZigzag8x8);
  out.signedCode(h264.second_chroma_qp_index_offset);
  return out.nalUnit(kPpsHeader);
}

std::vector<unsigned> pictureParameterSetIds(const CUVIDPICPARAMS& picture) {
  constexpr std::size_t kStartCodeAndHeader = 4;
  const std::span slices(picture.pBitstreamData, picture.nBitstreamDataLen);
  std::vector<unsigned> ids;
  for (unsigned slice = 0; slice < picture.nNumSlices; ++slice) {
    const std::size_t start = picture.pSliceDataOffsets[slice] + kStartCodeAndHeader;
    if (start >= slices.size()) continue;
    SliceReader reader(slices.subspan(start));
    reader.unsignedCode();  // first_mb_in_slice
    reader.unsignedCode();  // slice_type
    const unsigned id = reader.unsignedCode();
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

}  // namespace nvidia_double
