#include "media/video/encoder_settings.h"

namespace millrace {

void setX264(AVCodecContext& context, Dictionary& settings, const RenditionOptions& rendition,
             const Encoder::Options& options) {
  context.thread_count = options.threads;
  settings.set("preset", rendition.preset);
  if (options.tune == Tune::kLatency) settings.set("tune", "zerolatency");
  if (!rendition.encoderProfile.empty()) settings.set("profile", rendition.encoderProfile);
  settings.set("forced-idr", "1");
  // Keyframes of its own would not fall on the other renditions'.
  settings.set("sc_threshold", "0");
  settings.set("a53cc", "1");
  settings.set("udu_sei", "1");
}

}  // namespace millrace
