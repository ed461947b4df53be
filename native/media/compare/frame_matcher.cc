#include "media/compare/frame_matcher.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "media/compare/luma_ssim.h"
#include "media/video/rotation.h"

namespace millrace {
namespace {

// How far from a source's only picture one of the rendition may lie.
constexpr std::int64_t kAloneReachUs = 40'000;

std::int64_t halfwayUs(const StretchReader::Picture& one, const StretchReader::Picture& next) {
  return (next.sinceUs - one.sinceUs) / 2;
}

bool haveOneSize(const AVFrame& a, const AVFrame& b) {
  return a.width == b.width && a.height == b.height;
}

}  // namespace

Result<void> FrameMatcher::advance(std::int64_t sinceUs) {
  const auto isBehind = [sinceUs](const StretchReader::Picture& picture) {
    return picture.sinceUs > sinceUs;
  };
  while (!ended_ && std::count_if(around_.begin(), around_.end(), isBehind) < 2) {
    Result<std::optional<StretchReader::Picture>> picture = source_.next();
    if (!picture) return picture.error();
    if (!*picture) {
      ended_ = true;
      break;
    }
    around_.push_back(std::move(**picture));
    while (around_.size() > 2 && !isBehind(around_[2])) around_.pop_front();
  }
  while (around_.size() > 2 && !isBehind(around_[2])) around_.pop_front();
  return {};
}

Result<std::optional<ComparedFrame>> FrameMatcher::compare(
    const StretchReader::Picture& rendition) {
  const std::optional<std::size_t> middle = nearest(rendition.sinceUs);
  if (!middle) return std::optional<ComparedFrame>();
  const AVFrame& coded = *rendition.frame;
  if (!toPlain_ || !before_ || !haveOneSize(*before_, coded))
    toPlain_.emplace(coded.width, coded.height);
  Result<FramePtr> picture = toPlain_->scale(coded);
  if (!picture) return picture.error();

  Matched best;
  const std::size_t last = std::min(*middle + 1, around_.size() - 1);
  for (std::size_t i = *middle > 0 ? *middle - 1 : 0; i <= last; ++i) {
    Result<FramePtr> candidate = scaled(around_[i], **picture);
    if (!candidate) return candidate.error();
    const double ssim = lumaSsim(lumaOf(**candidate), lumaOf(**picture));
    // Where nothing moves, the nearest in time is the one.
    const bool better = i == *middle ? ssim >= best.ssim : ssim > best.ssim;
    if (better) best = {i, std::move(*candidate), ssim};
  }

  ComparedFrame compared;
  compared.timestampUs = rendition.timestampUs;
  compared.sourceTimestampUs = around_[best.index].timestampUs;
  compared.shift = static_cast<int>(best.index) - static_cast<int>(*middle);
  compared.ssim = best.ssim;
  compared.coarseSsim = coarseLumaSsim(lumaOf(*best.scaled), lumaOf(**picture));
  compared.luma = lumaStatistics(lumaOf(**picture));
  compared.sourceLuma = lumaStatistics(lumaOf(*best.scaled));
  compared.detail = detailBands(lumaOf(*best.scaled), lumaOf(**picture));
  if (before_ && haveOneSize(*before_, **picture)) {
    compared.change = lumaDifference(lumaOf(*before_), lumaOf(**picture));
    compared.sourceChange = lumaDifference(lumaOf(*sourceBefore_), lumaOf(*best.scaled));
  }
  before_ = std::move(*picture);
  sourceBefore_ = std::move(best.scaled);
  return std::optional(compared);
}

std::optional<std::size_t> FrameMatcher::nearest(std::int64_t sinceUs) const {
  const auto distance = [sinceUs](const StretchReader::Picture& picture) {
    return std::abs(picture.sinceUs - sinceUs);
  };
  const auto found = std::min_element(
      around_.begin(), around_.end(),
      [&distance](const auto& a, const auto& b) { return distance(a) < distance(b); });
  if (found == around_.end()) return std::nullopt;
  // Halfway to a picture beyond either end: that one, which the stretch is without, is the nearest.
  const bool alone = around_.size() == 1;
  const std::int64_t reachUs = alone ? kAloneReachUs : halfwayUs(around_[0], around_[1]);
  const std::int64_t endReachUs =
      alone ? kAloneReachUs : halfwayUs(around_[around_.size() - 2], around_.back());
  const bool beyond =
      sinceUs < around_.front().sinceUs - reachUs || sinceUs > around_.back().sinceUs + endReachUs;
  if (beyond) return std::nullopt;
  return static_cast<std::size_t>(found - around_.begin());
}

// Scaled as the engine does it for a rendition: as coded, and then turned.
Result<FramePtr> FrameMatcher::scaled(const StretchReader::Picture& source,
                                      const AVFrame& rendition) {
  const bool swapped = source.orientation.swapsSides();
  const int width = swapped ? rendition.height : rendition.width;
  const int height = swapped ? rendition.width : rendition.height;
  if (!toRendition_ || width != scaledWidth_ || height != scaledHeight_) {
    toRendition_.emplace(width, height);
    scaledWidth_ = width;
    scaledHeight_ = height;
  }
  Result<FramePtr> picture = toRendition_->scale(*source.frame);
  if (!picture || source.orientation.isUpright()) return picture;
  FramePtr upright = makeFrame();
  if (Result<void> turned = rotate(**picture, *upright, source.orientation); !turned)
    return turned.error();
  return upright;
}

}  // namespace millrace
