#include "media/video/picture_size.h"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

struct Limits {
  std::int64_t leastWidth;
  std::int64_t leastHeight;
  std::int64_t most;
};

constexpr Limits kH264Limits{.leastWidth = 146, .leastHeight = 50, .most = 4096};
constexpr Limits kHevcLimits{.leastWidth = 132, .leastHeight = 40, .most = 8192};

/// An exact factor, so that a side that should be the box's is.
struct Scale {
  std::int64_t to = 1;
  std::int64_t from = 1;

  friend bool operator<(const Scale& a, const Scale& b) { return a.to * b.from < b.to * a.from; }
};

std::int64_t scaledEven(std::int64_t side, const Scale& scale) {
  return (side * scale.to + scale.from) / (2 * scale.from) * 2;
}

Scale fit(std::int64_t width, std::int64_t height, std::int64_t boxWidth, std::int64_t boxHeight) {
  if (boxWidth == 0 && boxHeight == 0) return {};
  const Scale byWidth{.to = boxWidth, .from = width};
  const Scale byHeight{.to = boxHeight, .from = height};
  if (boxWidth == 0) return byHeight;
  if (boxHeight == 0) return byWidth;
  return std::min(byWidth, byHeight);
}

bool isKnown(AVRational aspect) { return aspect.num > 0 && aspect.den > 0; }

}  // namespace

PictureSize fitPicture(const SourcePicture& source, int boxWidth, int boxHeight, VideoCodec codec) {
  std::int64_t width = source.width;
  std::int64_t height = source.height;
  AVRational aspect = isKnown(source.sampleAspect) ? source.sampleAspect : AVRational{0, 1};
  if (source.rotation == 90 || source.rotation == 270) {
    std::swap(width, height);
    if (isKnown(aspect)) std::swap(aspect.num, aspect.den);
  }
  const AVRational shown = isKnown(aspect) ? aspect : AVRational{1, 1};
  const bool portrait = width * shown.num < height * shown.den;
  const bool landscapeBox = boxWidth == 0 || boxHeight == 0 || boxWidth > boxHeight;
  if (portrait && landscapeBox) std::swap(boxWidth, boxHeight);

  const Limits& limits = codec == VideoCodec::kH264 ? kH264Limits : kHevcLimits;
  Scale scale = fit(width, height, boxWidth, boxHeight);
  scale = std::max({scale, Scale{.to = limits.leastWidth, .from = width},
                    Scale{.to = limits.leastHeight, .from = height}});
  scale = std::min(
      {scale, Scale{.to = limits.most, .from = width}, Scale{.to = limits.most, .from = height}});
  return {
      .width =
          static_cast<int>(std::clamp(scaledEven(width, scale), limits.leastWidth, limits.most)),
      .height =
          static_cast<int>(std::clamp(scaledEven(height, scale), limits.leastHeight, limits.most)),
      .sampleAspect = aspect};
}

}  // namespace millrace
