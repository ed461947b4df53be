#include "media/video/picture_size.h"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

constexpr SizeLimits kNvencH264{.leastWidth = 146, .leastHeight = 50, .most = 4096};
constexpr SizeLimits kNvencHevc{.leastWidth = 132, .leastHeight = 40, .most = 8192};
constexpr SizeLimits kNvencAv1{.leastWidth = 192, .leastHeight = 128, .most = 8192};
constexpr SizeLimits kX264{.leastWidth = 146, .leastHeight = 50, .most = 16'384};

const SizeLimits& nvencLimits(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::kH264:
      return kNvencH264;
    case VideoCodec::kHevc:
      return kNvencHevc;
    case VideoCodec::kAv1:
      break;
  }
  return kNvencAv1;
}

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

const SizeLimits& sizeLimits(VideoCodec codec, AccelKind accel) {
  const bool x264 = codec == VideoCodec::kH264 && accel != AccelKind::kNvidia;
  return x264 ? kX264 : nvencLimits(codec);
}

bool fitsNvenc(const PictureSize& size, VideoCodec codec) {
  const SizeLimits& limits = nvencLimits(codec);
  return size.width >= limits.leastWidth && size.height >= limits.leastHeight &&
         std::max(size.width, size.height) <= limits.most;
}

PictureSize fitPicture(const SourcePicture& source, int boxWidth, int boxHeight,
                       const SizeLimits& limits) {
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

  Scale scale = fit(width, height, boxWidth, boxHeight);
  scale = std::max({scale, Scale{.to = limits.leastWidth, .from = width},
                    Scale{.to = limits.leastHeight, .from = height}});
  scale = std::min(
      {scale, Scale{.to = limits.most, .from = width}, Scale{.to = limits.most, .from = height}});
  const auto side = [&](std::int64_t length, int least) {
    return static_cast<int>(
        std::clamp<std::int64_t>(scaledEven(length, scale), least, limits.most));
  };
  return {.width = side(width, limits.leastWidth),
          .height = side(height, limits.leastHeight),
          .sampleAspect = aspect};
}

}  // namespace millrace
