#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {
#include <libavutil/frame.h>
}

namespace millrace {

/// The 8-bit luma of a picture, borrowed from it.
struct LumaPlane {
  const std::uint8_t* data = nullptr;
  std::ptrdiff_t stride = 0;
  int width = 0;
  int height = 0;

  const std::uint8_t* row(int y) const { return data + y * stride; }
};

/// Of a picture in an 8-bit planar format.
inline LumaPlane lumaOf(const AVFrame& frame) {
  return {frame.data[0], frame.linesize[0], frame.width, frame.height};
}

}  // namespace millrace
