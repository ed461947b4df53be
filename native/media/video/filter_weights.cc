#include "media/video/filter_weights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>

namespace millrace {
namespace {

constexpr double kC = 0.6;
constexpr double kSupport = 2;
// Where a chroma sample sits between the centre of its luma samples (0) and the left one's.
constexpr double kLeft = 0.25;

double bicubic(double x) {
  x = std::abs(x);
  if (x < 1) return 1 + x * x * (-3 + kC + x * (2 - kC));
  if (x < 2) return 4 * kC + x * (-8 * kC + x * (5 * kC - kC * x));
  return 0;
}

/// The weight of every sample that counts, by its place.
std::map<int, double> weightsAround(double position, double step, int width, int from) {
  const double begin = std::floor(position - width / 2.0 + 0.5) + 0.5;
  double total = 0;
  for (int i = 0; i < width; ++i) total += bicubic((begin + i - position) * step);
  std::map<int, double> weights;
  for (int i = 0; i < width; ++i) {
    const double at = begin + i;
    double mirrored = at;
    if (at < 0) mirrored = -at;
    if (at >= from) mirrored = 2.0 * from - at;
    const int place = std::clamp(static_cast<int>(std::floor(mirrored)), 0, from - 1);
    weights[place] += bicubic((at - position) * step) / total;
  }
  return weights;
}

}  // namespace

FilterWeights bicubicWeights(int from, int to, double shift) {
  if (from == to && shift == 0) {
    FilterWeights same{.taps = 1, .starts = {}, .weights = std::vector<float>(to, 1.0F)};
    for (int i = 0; i < to; ++i) same.starts.push_back(i);
    return same;
  }
  const double scale = static_cast<double>(to) / from;
  const double step = std::min(scale, 1.0);
  const int width = std::max(1, static_cast<int>(std::ceil(kSupport / step)) * 2);
  FilterWeights filter{.taps = std::min(width, from), .starts = {}, .weights = {}};
  filter.weights.resize(static_cast<std::size_t>(to) * filter.taps);
  for (int i = 0; i < to; ++i) {
    const std::map<int, double> weights =
        weightsAround((i + 0.5) / scale + shift, step, width, from);
    const int start = std::min(weights.begin()->first, from - filter.taps);
    filter.starts.push_back(start);
    for (const auto& [place, weight] : weights)
      filter.weights[static_cast<std::size_t>(i) * filter.taps + (place - start)] +=
          static_cast<float>(weight);
  }
  return filter;
}

FilterWeights FilterWeights::tapMajor() const {
  FilterWeights turned{.taps = taps, .starts = starts, .weights = weights};
  for (std::size_t i = 0; i < starts.size(); ++i)
    for (int tap = 0; tap < taps; ++tap)
      turned.weights[tap * starts.size() + i] = weights[i * taps + tap];
  return turned;
}

double leftChromaShift(int from, int to) { return kLeft * (1 - static_cast<double>(from) / to); }

}  // namespace millrace
