#pragma once

#include <cstdint>
#include <span>

extern "C" {
#include <libavutil/frame.h>
}

#include "media/error.h"

namespace millrace {

/// What has to be done to a coded picture to show it upright: first mirror it left to right if
/// asked, then turn it.
struct Orientation {
  int degrees = 0;  ///< Clockwise: 0, 90, 180 or 270.
  bool mirrored = false;

  bool isUpright() const { return degrees == 0 && !mirrored; }
  bool swapsSides() const { return degrees == 90 || degrees == 270; }
  friend bool operator==(const Orientation&, const Orientation&) = default;
};

/// Reads a display matrix as libav hands it out (AV_FRAME_DATA_DISPLAYMATRIX,
/// AV_PKT_DATA_DISPLAYMATRIX: nine native 32-bit integers). Anything of another size, degenerate,
/// or skewed is upright; other angles go to the nearest quarter turn.
Orientation orientationOf(std::span<const std::uint8_t> displayMatrix);

/// The orientation a frame itself carries; upright when it says none.
Orientation orientationOf(const AVFrame& frame);

/// Copies `in`, turned upright, to `out`: yuv420p, yuvj420p or yuv420p10, sides swapped as needed,
/// sample aspect and the other properties taken along, the display matrix left out. `out` is a
/// blank frame that gets its own buffers, or one whose buffers have the right size already. Fails
/// with kScaleFailed for other pixel formats and when memory is out.
Result<void> rotate(const AVFrame& in, AVFrame& out, Orientation orientation);

}  // namespace millrace
