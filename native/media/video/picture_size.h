#pragma once

#include <cstdint>

extern "C" {
#include <libavutil/rational.h>
}

#include "media/job/job_options.h"

namespace millrace {

/// A source picture as coded, and how it is to be turned for display.
struct SourcePicture {
  int width = 0;
  int height = 0;
  AVRational sampleAspect{0, 1};  ///< 0/1: unknown.
  int rotation = 0;               ///< Clockwise degrees: 0, 90, 180 or 270.
};

/// A picture to encode: already turned.
struct PictureSize {
  int width = 0;                  ///< Even.
  int height = 0;                 ///< Even.
  AVRational sampleAspect{0, 1};  ///< To signal; 0/1: unknown.

  friend bool operator==(const PictureSize& a, const PictureSize& b) {
    return a.width == b.width && a.height == b.height && a.sampleAspect.num == b.sampleAspect.num &&
           a.sampleAspect.den == b.sampleAspect.den;
  }
};

/// What an encoder takes.
struct SizeLimits {
  int leastWidth = 2;
  int leastHeight = 2;
  int most = 16'384;  ///< Of either side.
};

/// The largest picture of the source's shape within a profile's box, smaller or larger than the
/// source. A side of 0 follows the other, both 0 mean the source's size. A source that is portrait
/// as displayed turns a landscape box, and one with a side of 0. Pixels keep the source's sample
/// aspect (turned with the picture), so that what a player shows keeps its shape. Sides are rounded
/// to the nearest even number, and scaled together to stay within `limits`. Only of shapes more
/// extreme than those do the limits win over the shape. Source sides must be positive, box sides
/// not negative.
PictureSize fitPicture(const SourcePicture& source, int boxWidth, int boxHeight,
                       const SizeLimits& limits);

/// The limits of the encoders that a job may use. The least is NVENC's for all of them, as in LPMS,
/// so that a rendition has one size on whichever machine it is made. The most is NVENC's too,
/// but 16384 where x264 can take over.
const SizeLimits& sizeLimits(VideoCodec codec, AccelKind accel);

/// Whether NVENC takes pictures of this size.
bool fitsNvenc(const PictureSize& size, VideoCodec codec);

}  // namespace millrace
