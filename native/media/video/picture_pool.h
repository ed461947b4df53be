#pragma once

#include <memory>

#include "media/libav.h"

namespace millrace {

/// Planar 4:2:0 of 8 or 10 bits, what every encoder takes.
AVPixelFormat planarFormat(int bitDepth);

/// Pictures of one size and depth, whose memory is used again once nobody holds them. Owned and
/// used by one thread; the pictures are anybody's.
class PicturePool {
 public:
  /// What zimg's widest instructions ask of planes and strides.
  static constexpr int kAlignment = 64;

  PicturePool(int width, int height, int bitDepth);

  /// A picture of undefined content. Throws std::bad_alloc.
  FramePtr take();

 private:
  int width_;
  int height_;
  int bitDepth_;
  int lumaStride_;
  int chromaStride_;
  std::unique_ptr<AVBufferPool, void (*)(AVBufferPool*)> buffers_;
};

}  // namespace millrace
