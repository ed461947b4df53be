#include <algorithm>
#include <array>
#include <climits>
#include <string>
#include <string_view>
#include <utility>

#include "media/video/encoder_settings.h"

namespace millrace {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kPresets{{
    {"ultrafast", "p1"},
    {"superfast", "p1"},
    {"veryfast", "p2"},
    {"faster", "p3"},
    {"fast", "p4"},
    {"medium", "p4"},
    {"slow", "p5"},
    {"slower", "p6"},
    {"veryslow", "p7"},
}};

// A frame of more bits than these lasts longer on the wire than it may.
constexpr double kLatencyBufferFrames = 2;
constexpr int kLookaheadFrames = 16;
constexpr int kBFrames = 2;

void setForLatency(AVCodecContext& context, Dictionary& settings, const Encoder::Options& options) {
  // Without these NVENC holds back as many pictures as it has surfaces.
  settings.set("tune", "ull");
  settings.set("delay", "0");
  settings.set("zerolatency", "1");
  settings.set("rc-lookahead", "0");
  settings.set("multipass", "disabled");
  settings.set("rc", "cbr");
  if (context.bit_rate > 0 && options.fps > 0)
    context.rc_buffer_size = static_cast<int>(
        std::min(kLatencyBufferFrames * static_cast<double>(context.bit_rate) / options.fps,
                 double{INT_MAX}));
}

void setForQuality(AVCodecContext& context, Dictionary& settings) {
  settings.set("tune", "hq");
  settings.set("rc", "vbr");
  settings.set("rc-lookahead", std::to_string(kLookaheadFrames));
  // HEVC's has a name of its own; what an encoder does not know it leaves.
  settings.set("spatial-aq", "1");
  settings.set("spatial_aq", "1");
  // B-frames of HEVC came to cards later than those of H.264, which all of them have.
  context.max_b_frames = context.codec_id == AV_CODEC_ID_H264 ? kBFrames : 0;
}

}  // namespace

void setNvenc(AVCodecContext& context, Dictionary& settings, const RenditionOptions& rendition,
              const Encoder::Options& options) {
  for (const auto& [name, preset] : kPresets)
    if (name == rendition.preset) settings.set("preset", std::string(preset));
  if (!rendition.encoderProfile.empty()) settings.set("profile", rendition.encoderProfile);
  settings.set("forced-idr", "1");
  settings.set("no-scenecut", "1");
  settings.set("a53cc", "1");
  settings.set("udu_sei", "1");
  if (options.tune == Tune::kLatency)
    setForLatency(context, settings, options);
  else
    setForQuality(context, settings);
}

}  // namespace millrace
