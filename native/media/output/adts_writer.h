#pragma once

#include "media/libav.h"

namespace millrace {

/// MPEG-TS carries AAC with an ADTS header in front of every frame, made here so that an output can
/// declare its audio before the first frame has told the sample rate.

/// Prepares AAC parameters, complete or not, for libavformat's MPEG-TS muxer: frames come with
/// their headers.
void prepareForAdts(AVCodecParameters& parameters);

/// Puts the header in front of a raw AAC frame; other codecs, and frames that have one, stay as
/// they are. Fails with kMuxFailed for what ADTS cannot say (sample rates or layouts outside its
/// tables).
Result<void> addAdtsHeader(const AVCodecParameters& parameters, AVPacket& packet);

}  // namespace millrace
