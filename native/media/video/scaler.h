#pragma once

#include <memory>

#include "media/libav.h"
#include "media/video/picture_pool.h"
#include "media/video/tone_map.h"

struct SwsContext;
struct zimg_filter_graph;

namespace millrace {

struct ZimgGraphDeleter {
  void operator()(zimg_filter_graph* graph) const;
};
struct SwsDeleter {
  void operator()(SwsContext* context) const;
};

/// Brings the source's pictures to a rendition's size and to 4:2:0 of 8 or 10 bits, with zimg's
/// bicubic filter; what zimg cannot read (packed and semi-planar formats) goes through libswscale
/// first. HDR pictures become SDR ones where 8 bits are asked for. Rebuilds itself when the
/// source's size, format or colours change. Owned and used by one thread, its rung's.
class Scaler {
 public:
  Scaler(int width, int height, int bitDepth = 8)
      : width_(width), height_(height), bitDepth_(bitDepth) {}

  /// A new picture of the rendition's size, or a reference to `source` where nothing is to be done.
  /// Timestamp and side data are the source's, and so are colours, but for HDR that became SDR.
  Result<FramePtr> scale(const AVFrame& source);

 private:
  struct Format {
    int width = 0;
    int height = 0;
    int pixelFormat = -1;
    int range = 0;
    int matrix = 0;
    int toBitDepth = 0;
    bool operator==(const Format&) const = default;
  };

  Result<void> rebuild(const AVFrame& source, int bitDepth);
  Result<FramePtr> resize(const AVFrame& source, int bitDepth);
  Result<FramePtr> makePlanar(const AVFrame& source);

  int width_;
  int height_;
  int bitDepth_;
  Format known_;
  std::unique_ptr<zimg_filter_graph, ZimgGraphDeleter> graph_;
  std::unique_ptr<void, decltype(&av_free)> scratch_{nullptr, av_free};
  std::unique_ptr<SwsContext, SwsDeleter> planar_;
  std::unique_ptr<PicturePool> pool_;
  std::unique_ptr<ToneMap> toneMap_;  ///< Null: no picture has needed it.
};

}  // namespace millrace
