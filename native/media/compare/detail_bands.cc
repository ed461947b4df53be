#include "media/compare/detail_bands.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace millrace {
namespace {

// A half-band filter: it keeps what half the size can hold, and no more.
constexpr float kCentre = 16.F / 32;
constexpr float kNear = 9.F / 32;
constexpr float kFar = -1.F / 32;
constexpr int kReach = 3;
// Smaller than this, a picture has no lower band worth a look.
constexpr int kLeastSide = 16;

struct Plane {
  int width = 0;
  int height = 0;
  std::vector<float> pixels;

  Plane(int w, int h)
      : width(w), height(h), pixels(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
  std::span<float> row(int y) {
    return std::span(pixels).subspan(static_cast<std::size_t>(y) * static_cast<std::size_t>(width),
                                     static_cast<std::size_t>(width));
  }
  std::span<const float> row(int y) const {
    return std::span(pixels).subspan(static_cast<std::size_t>(y) * static_cast<std::size_t>(width),
                                     static_cast<std::size_t>(width));
  }
};

Plane planeOf(const LumaPlane& luma) {
  Plane plane(luma.width, luma.height);
  for (int y = 0; y < luma.height; ++y) std::copy_n(luma.row(y), luma.width, plane.row(y).begin());
  return plane;
}

void filterRow(std::span<const float> in, std::span<float> out) {
  const auto last = static_cast<int>(in.size()) - 1;
  const auto at = [&](int x) { return in[static_cast<std::size_t>(std::clamp(x, 0, last))]; };
  for (int x = 0; x <= last; ++x)
    out[static_cast<std::size_t>(x)] = kCentre * at(x) + kNear * (at(x - 1) + at(x + 1)) +
                                       kFar * (at(x - kReach) + at(x + kReach));
}

Plane smoothed(const Plane& in) {
  Plane across(in.width, in.height);
  for (int y = 0; y < in.height; ++y) filterRow(in.row(y), across.row(y));
  Plane out(in.width, in.height);
  for (int y = 0; y < in.height; ++y) {
    const auto from = [&](int row) { return across.row(std::clamp(row, 0, in.height - 1)); };
    const std::span<float> to = out.row(y);
    const auto above = from(y - 1);
    const auto below = from(y + 1);
    const auto top = from(y - kReach);
    const auto bottom = from(y + kReach);
    const auto here = from(y);
    for (std::size_t x = 0; x < to.size(); ++x)
      to[x] = kCentre * here[x] + kNear * (above[x] + below[x]) + kFar * (top[x] + bottom[x]);
  }
  return out;
}

Plane halved(const Plane& in) {
  Plane out(std::max(1, in.width / 2), std::max(1, in.height / 2));
  for (int y = 0; y < out.height; ++y) {
    const std::span<const float> from = in.row(2 * y);
    const std::span<float> to = out.row(y);
    for (std::size_t x = 0; x < to.size(); ++x) to[x] = from[2 * x];
  }
  return out;
}

BandDetail bandOf(const Plane& source, const Plane& smoothSource, const Plane& rendition,
                  const Plane& smoothRendition) {
  double sourceSquares = 0;
  double squares = 0;
  double products = 0;
  for (std::size_t i = 0; i < source.pixels.size(); ++i) {
    const double s = source.pixels[i] - smoothSource.pixels[i];
    const double r = rendition.pixels[i] - smoothRendition.pixels[i];
    sourceSquares += s * s;
    squares += r * r;
    products += s * r;
  }
  const auto count = static_cast<double>(source.pixels.size());
  return {sourceSquares / count, squares / count,
          sourceSquares > 0 ? products / sourceSquares : 1.0};
}

}  // namespace

DetailBands detailBands(const LumaPlane& source, const LumaPlane& rendition) {
  DetailBands bands{};
  Plane s = planeOf(source);
  Plane r = planeOf(rendition);
  for (BandDetail& band : bands) {
    if (s.width < kLeastSide || s.height < kLeastSide) break;
    const Plane smoothSource = smoothed(s);
    const Plane smoothRendition = smoothed(r);
    band = bandOf(s, smoothSource, r, smoothRendition);
    s = halved(smoothSource);
    r = halved(smoothRendition);
  }
  return bands;
}

}  // namespace millrace
