#include <array>
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

}  // namespace

void setNvenc(AVCodecContext& /*context*/, Dictionary& settings, const RenditionOptions& rendition,
              const Encoder::Options& options) {
  for (const auto& [name, preset] : kPresets)
    if (name == rendition.preset) settings.set("preset", std::string(preset));
  if (!rendition.encoderProfile.empty()) settings.set("profile", rendition.encoderProfile);
  settings.set("forced-idr", "1");
  settings.set("no-scenecut", "1");
  settings.set("a53cc", "1");
  settings.set("udu_sei", "1");
  settings.set("gpu", std::to_string(options.accel.device));
  if (options.tune == Tune::kLatency) {
    // Without these NVENC holds back as many pictures as it has surfaces.
    settings.set("tune", "ull");
    settings.set("delay", "0");
    settings.set("zerolatency", "1");
    settings.set("rc-lookahead", "0");
  }
}

}  // namespace millrace
