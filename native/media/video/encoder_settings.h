#pragma once

#include "media/job/job_options.h"
#include "media/libav.h"
#include "media/video/encoder.h"

namespace millrace {

/// What each encoder is told beyond what all of them are (see encoder.cc): no keyframes but the
/// grid's, nothing held back with the tune for latency, captions and user data kept. `context` is
/// not open yet. Any thread.
void setX264(AVCodecContext& context, Dictionary& settings, const RenditionOptions& rendition,
             const Encoder::Options& options);
void setX265(AVCodecContext& context, Dictionary& settings, const RenditionOptions& rendition,
             const Encoder::Options& options);
void setSvtAv1(AVCodecContext& context, Dictionary& settings, const RenditionOptions& rendition,
               const Encoder::Options& options);
void setNvenc(AVCodecContext& context, Dictionary& settings, const RenditionOptions& rendition,
              const Encoder::Options& options);

}  // namespace millrace
