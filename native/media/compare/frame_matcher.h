#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "media/compare/comparison.h"
#include "media/compare/stretch_reader.h"
#include "media/video/scaler.h"

namespace millrace {

/// Finds the source's picture for one of the rendition, and compares the two. Goes through the
/// source once, beside the rendition, and holds four of its pictures around the time it is at.
/// Owned and used by one thread.
class FrameMatcher {
 public:
  /// `source` is borrowed.
  explicit FrameMatcher(StretchReader& source) : source_(source) {}

  /// Reads the source up to this time since the beginning of the stretch; times do not decrease.
  Result<void> advance(std::int64_t sinceUs);

  /// Compares a picture of the rendition with the source's at the time last advanced to. Nothing:
  /// the source has none.
  Result<std::optional<ComparedFrame>> compare(const StretchReader::Picture& rendition);

 private:
  struct Matched {
    std::size_t index = 0;
    FramePtr scaled;
    double ssim = -2;
  };

  std::optional<std::size_t> nearest(std::int64_t sinceUs) const;
  Result<FramePtr> scaled(const StretchReader::Picture& source, const AVFrame& rendition);

  StretchReader& source_;
  std::deque<StretchReader::Picture> around_;
  bool ended_ = false;
  std::optional<Scaler> toRendition_;
  int scaledWidth_ = 0;
  int scaledHeight_ = 0;
  std::optional<Scaler> toPlain_;
  FramePtr before_;        ///< The rendition's picture compared before.
  FramePtr sourceBefore_;  ///< What it was compared with.
};

}  // namespace millrace
