#pragma once

#include "card_media.h"

namespace millrace {

/// What an NVENC encoder of these tests encodes.
struct NvencOptions {
  int width = 320;
  int height = 180;
  /// Frames on a card; null: `format` from the host's memory, on the card `gpu`.
  AVBufferRef* frames = nullptr;
  AVPixelFormat format = AV_PIX_FMT_NV12;
  int gpu = 0;
  std::int64_t bitrateBps = 2'000'000;
  bool globalHeader = false;
};

/// h264_nvenc as a live encoder is opened: nothing held back, no B-frames, keyframes when asked.
/// Null, and `error`, when it cannot be had.
CodecContextPtr openNvenc(const NvencOptions& options, int* error = nullptr);

}  // namespace millrace
