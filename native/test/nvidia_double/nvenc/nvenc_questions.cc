#include "nvenc_questions.h"

#include <algorithm>
#include <array>

#include "session.h"

namespace nvidia_double {
namespace {

constexpr std::array kFormats{NV_ENC_BUFFER_FORMAT_NV12, NV_ENC_BUFFER_FORMAT_YV12,
                              NV_ENC_BUFFER_FORMAT_IYUV};

Session& sessionOf(void* encoder) { return *static_cast<Session*>(encoder); }

NVENCSTATUS codecCount(void* encoder, std::uint32_t* count) {
  *count = sessionOf(encoder).encodesH264() ? 1 : 0;
  return sessionOf(encoder).enter();
}

NVENCSTATUS codecs(void* encoder, GUID* guids, std::uint32_t room, std::uint32_t* count) {
  *count = sessionOf(encoder).encodesH264() && room > 0 ? 1 : 0;
  if (*count == 1) guids[0] = NV_ENC_CODEC_H264_GUID;
  return sessionOf(encoder).enter();
}

NVENCSTATUS formatCount(void* encoder, GUID, std::uint32_t* count) {
  *count = static_cast<std::uint32_t>(kFormats.size());
  return sessionOf(encoder).enter();
}

NVENCSTATUS formats(void* encoder, GUID, NV_ENC_BUFFER_FORMAT* answer, std::uint32_t room,
                    std::uint32_t* count) {
  *count = std::min(room, static_cast<std::uint32_t>(kFormats.size()));
  std::copy_n(kFormats.begin(), *count, answer);
  return sessionOf(encoder).enter();
}

/// B-frames and lookahead are accepted, as every card of these years does, and not used.
int capability(NV_ENC_CAPS asked) {
  switch (asked) {
    case NV_ENC_CAPS_WIDTH_MAX:
    case NV_ENC_CAPS_HEIGHT_MAX:
      return 4096;
    case NV_ENC_CAPS_WIDTH_MIN:
      return kLeastWidth;
    case NV_ENC_CAPS_HEIGHT_MIN:
      return kLeastHeight;
    case NV_ENC_CAPS_NUM_MAX_BFRAMES:
      return 4;
    case NV_ENC_CAPS_SUPPORT_BFRAME_REF_MODE:
      return 3;
    case NV_ENC_CAPS_NUM_ENCODER_ENGINES:
    case NV_ENC_CAPS_SUPPORT_CABAC:
    case NV_ENC_CAPS_SUPPORT_ADAPTIVE_TRANSFORM:
    case NV_ENC_CAPS_SUPPORT_DYN_BITRATE_CHANGE:
    case NV_ENC_CAPS_SUPPORT_CUSTOM_VBV_BUF_SIZE:
    case NV_ENC_CAPS_SUPPORT_DYNAMIC_SLICE_MODE:
    case NV_ENC_CAPS_SUPPORT_LOOKAHEAD:
    case NV_ENC_CAPS_SUPPORT_TEMPORAL_AQ:
    case NV_ENC_CAPS_SUPPORT_WEIGHTED_PREDICTION:
    case NV_ENC_CAPS_SUPPORT_MULTIPLE_REF_FRAMES:
      return 1;
    default:
      return 0;
  }
}

NVENCSTATUS capabilities(void* encoder, GUID, NV_ENC_CAPS_PARAM* asked, int* value) {
  *value = capability(asked->capsToQuery);
  return sessionOf(encoder).enter();
}

NVENCSTATUS presetFor(void* encoder, GUID, GUID, NV_ENC_TUNING_INFO tuning,
                      NV_ENC_PRESET_CONFIG* preset) {
  const bool quality = tuning == NV_ENC_TUNING_INFO_HIGH_QUALITY;
  NV_ENC_CONFIG& config = preset->presetCfg;
  config.profileGUID = NV_ENC_CODEC_PROFILE_AUTOSELECT_GUID;
  config.gopLength = quality ? 250 : NVENC_INFINITE_GOPLENGTH;
  config.frameIntervalP = 1;
  config.frameFieldMode = NV_ENC_PARAMS_FRAME_FIELD_MODE_FRAME;
  config.rcParams.rateControlMode = quality ? NV_ENC_PARAMS_RC_VBR : NV_ENC_PARAMS_RC_CBR;
  config.rcParams.constQP = {28, 31, 25};
  config.encodeCodecConfig.h264Config.idrPeriod = config.gopLength;
  config.encodeCodecConfig.h264Config.chromaFormatIDC = 1;
  // What the real presets leave to FFmpeg's option of the same name.
  config.encodeCodecConfig.h264Config.h264VUIParameters.videoFormat =
      NV_ENC_VUI_VIDEO_FORMAT_UNSPECIFIED;
  return sessionOf(encoder).enter();
}

NVENCSTATUS preset(void* encoder, GUID codec, GUID guid, NV_ENC_PRESET_CONFIG* answer) {
  return presetFor(encoder, codec, guid, NV_ENC_TUNING_INFO_HIGH_QUALITY, answer);
}

}  // namespace

void answerQuestions(NV_ENCODE_API_FUNCTION_LIST& functions) {
  functions.nvEncGetEncodeGUIDCount = codecCount;
  functions.nvEncGetEncodeGUIDs = codecs;
  functions.nvEncGetInputFormatCount = formatCount;
  functions.nvEncGetInputFormats = formats;
  functions.nvEncGetEncodeCaps = capabilities;
  functions.nvEncGetEncodePresetConfig = preset;
  functions.nvEncGetEncodePresetConfigEx = presetFor;
}

}  // namespace nvidia_double
