#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "media/video/encoder_settings.h"

namespace millrace {
namespace {

// Each is about as fast for AV1 as the x264 preset of that name is for H.264 of the same size, as
// far as AV1 goes: 11 is the fastest there is for live video.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kPresets{{
    {"ultrafast", "11"},
    {"superfast", "11"},
    {"veryfast", "10"},
    {"faster", "9"},
    {"fast", "8"},
    {"medium", "7"},
    {"slow", "6"},
    {"slower", "5"},
    {"veryslow", "4"},
}};

}  // namespace

void setSvtAv1(AVCodecContext& context, Dictionary& settings, const RenditionOptions& rendition,
               const Encoder::Options& options) {
  for (const auto& [name, preset] : kPresets)
    if (name == rendition.preset) settings.set("preset", std::string(preset));
  // Constant bitrate takes no second limit.
  context.rc_max_rate = 0;
  // Low delay (pred-struct 1) at a constant bitrate (rc 2) with either tune: the other structures
  // place keyframes where they like.
  settings.set("svtav1-params",
               "pred-struct=1:rc=2:lookahead=0:scd=0:lp=" + std::to_string(options.threads));
}

}  // namespace millrace
