#pragma once

#include <memory>

#include "media/libav.h"

struct SwsContext;
struct zimg_filter_graph;

namespace millrace {

struct ZimgGraphDeleter {
  void operator()(zimg_filter_graph* graph) const;
};
struct SwsDeleter {
  void operator()(SwsContext* context) const;
};

/// Brings the source's pictures to a rendition's size and to 8-bit 4:2:0, with zimg's bicubic
/// filter; what zimg cannot read (packed and semi-planar formats) goes through libswscale first.
/// Rebuilds itself when the source's size, format or colours change. Owned and used by one thread,
/// its rung's.
class Scaler {
 public:
  Scaler(int width, int height) : width_(width), height_(height) {}

  /// A new picture of the rendition's size, or a reference to `source` where nothing is to be done.
  /// Timestamp, colours and side data are the source's.
  Result<FramePtr> scale(const AVFrame& source);

 private:
  struct Format {
    int width = 0;
    int height = 0;
    int pixelFormat = -1;
    int range = 0;
    int matrix = 0;
    bool operator==(const Format&) const = default;
  };

  Result<void> rebuild(const AVFrame& source);
  Result<FramePtr> makePlanar(const AVFrame& source);
  Result<FramePtr> makeTarget();

  int width_;
  int height_;
  Format known_;
  std::unique_ptr<zimg_filter_graph, ZimgGraphDeleter> graph_;
  std::unique_ptr<void, decltype(&av_free)> scratch_{nullptr, av_free};
  std::unique_ptr<SwsContext, SwsDeleter> planar_;
  std::unique_ptr<AVBufferPool, void (*)(AVBufferPool*)> pool_{
      nullptr, [](AVBufferPool* pool) { av_buffer_pool_uninit(&pool); }};
};

}  // namespace millrace
