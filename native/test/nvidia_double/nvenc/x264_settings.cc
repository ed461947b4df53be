#include "x264_settings.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>

namespace nvidia_double {
namespace {

bool same(const GUID& a, const GUID& b) { return std::memcmp(&a, &b, sizeof(GUID)) == 0; }

void setShape(x264_param_t& settings, const NV_ENC_INITIALIZE_PARAMS& asked) {
  settings.i_width = static_cast<int>(asked.encodeWidth);
  settings.i_height = static_cast<int>(asked.encodeHeight);
  settings.i_csp = X264_CSP_NV12;
  settings.i_fps_num = std::max(1U, asked.frameRateNum);
  settings.i_fps_den = std::max(1U, asked.frameRateDen);
  settings.i_timebase_num = settings.i_fps_den;
  settings.i_timebase_den = settings.i_fps_num;
  settings.b_vfr_input = 0;
  const std::uint64_t sarWidth = std::uint64_t{asked.darWidth} * asked.encodeHeight;
  const std::uint64_t sarHeight = std::uint64_t{asked.darHeight} * asked.encodeWidth;
  if (const std::uint64_t divisor = std::gcd(sarWidth, sarHeight); divisor > 0) {
    settings.vui.i_sar_width = static_cast<int>(sarWidth / divisor);
    settings.vui.i_sar_height = static_cast<int>(sarHeight / divisor);
  }
}

void setColour(x264_param_t& settings, const NV_ENC_CONFIG_H264_VUI_PARAMETERS& vui) {
  if (vui.videoSignalTypePresentFlag == 0) return;
  settings.vui.i_vidformat = static_cast<int>(vui.videoFormat);
  settings.vui.b_fullrange = static_cast<int>(vui.videoFullRangeFlag);
  if (vui.colourDescriptionPresentFlag == 0) return;
  settings.vui.i_colorprim = static_cast<int>(vui.colourPrimaries);
  settings.vui.i_transfer = static_cast<int>(vui.transferCharacteristics);
  settings.vui.i_colmatrix = static_cast<int>(vui.colourMatrix);
}

void setProfile(x264_param_t& settings, const GUID& profile) {
  if (same(profile, NV_ENC_H264_PROFILE_BASELINE_GUID))
    x264_param_apply_profile(&settings, "baseline");
  else if (same(profile, NV_ENC_H264_PROFILE_MAIN_GUID))
    x264_param_apply_profile(&settings, "main");
  else
    x264_param_apply_profile(&settings, "high");
}

}  // namespace

x264_param_t x264Settings(const NV_ENC_INITIALIZE_PARAMS& asked) {
  const NV_ENC_CONFIG& config = *asked.encodeConfig;
  const NV_ENC_CONFIG_H264& h264 = config.encodeCodecConfig.h264Config;
  x264_param_t settings{};
  x264_param_default_preset(&settings, "superfast", "zerolatency");
  settings.i_log_level = X264_LOG_NONE;
  settings.i_threads = 1;
  settings.b_sliced_threads = 0;
  settings.b_annexb = 1;
  settings.i_bframe = 0;
  settings.i_scenecut_threshold = 0;
  setShape(settings, asked);
  setRate(settings, config.rcParams);
  settings.i_keyint_max = config.gopLength == NVENC_INFINITE_GOPLENGTH
                              ? X264_KEYINT_MAX_INFINITE
                              : static_cast<int>(std::max(1U, config.gopLength));
  settings.i_keyint_min = 1;
  settings.b_repeat_headers = h264.disableSPSPPS == 0 ? 1 : 0;
  settings.b_aud = static_cast<int>(h264.outputAUD);
  if (h264.entropyCodingMode == NV_ENC_H264_ENTROPY_CODING_MODE_CAVLC) settings.b_cabac = 0;
  if (h264.level != NV_ENC_LEVEL_AUTOSELECT) settings.i_level_idc = static_cast<int>(h264.level);
  if (h264.sliceMode == 3) settings.i_slice_count = static_cast<int>(h264.sliceModeData);
  if (h264.sliceMode == 1) settings.i_slice_max_size = static_cast<int>(h264.sliceModeData);
  setColour(settings, h264.h264VUIParameters);
  setProfile(settings, config.profileGUID);
  return settings;
}

void setRate(x264_param_t& settings, const NV_ENC_RC_PARAMS& asked) {
  if (asked.rateControlMode == NV_ENC_PARAMS_RC_CONSTQP) {
    settings.rc.i_rc_method = X264_RC_CQP;
    settings.rc.i_qp_constant = static_cast<int>(asked.constQP.qpInterP);
    return;
  }
  if (asked.targetQuality > 0) {
    settings.rc.i_rc_method = X264_RC_CRF;
    settings.rc.f_rf_constant = asked.targetQuality;
  } else {
    settings.rc.i_rc_method = X264_RC_ABR;
    settings.rc.i_bitrate = static_cast<int>(std::max(1000U, asked.averageBitRate) / 1000);
  }
  const bool constant = asked.rateControlMode == NV_ENC_PARAMS_RC_CBR;
  const std::uint32_t most =
      constant || asked.maxBitRate == 0 ? asked.averageBitRate : asked.maxBitRate;
  if (most == 0 || asked.vbvBufferSize == 0) return;
  settings.rc.i_vbv_max_bitrate = static_cast<int>(std::max(1000U, most) / 1000);
  settings.rc.i_vbv_buffer_size = static_cast<int>(std::max(1000U, asked.vbvBufferSize) / 1000);
}

}  // namespace nvidia_double
