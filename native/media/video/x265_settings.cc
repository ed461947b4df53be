#include <string>

#include "media/video/encoder_settings.h"

namespace millrace {

void setX265(AVCodecContext& /*context*/, Dictionary& settings, const RenditionOptions& rendition,
             const Encoder::Options& options) {
  settings.set("preset", rendition.preset);
  if (options.tune == Tune::kLatency) settings.set("tune", "zerolatency");
  settings.set("forced-idr", "1");
  settings.set("a53cc", "1");
  settings.set("udu_sei", "1");
  // Its pool would otherwise have a thread for every core, in every rendition. Its log goes to the
  // terminal, past every listener.
  settings.set("x265-params", "pools=" + std::to_string(options.threads) +
                                  ":scenecut=0:open-gop=0:info=0:log-level=none");
}

}  // namespace millrace
