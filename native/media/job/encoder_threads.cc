#include "media/job/encoder_threads.h"

#include <algorithm>
#include <cmath>

namespace millrace {
namespace {

// Past this, slices cost quality and bring no speed.
constexpr int kMostSliceThreads = 4;
constexpr int kMostFrameThreads = 16;
// Frame threads wait for each other's rows; x264 itself takes half again as many as there are
// cores.
constexpr double kFrameThreadsPerCore = 1.5;

double pixelsOf(const RenditionOptions& rendition) {
  constexpr double kAspect = 16.0 / 9;
  double width = rendition.width;
  double height = rendition.height;
  if (width <= 0 && height <= 0) height = 1080;
  if (width <= 0) width = height * kAspect;
  if (height <= 0) height = width / kAspect;
  return width * height;
}

}  // namespace

std::vector<int> encoderThreads(Tune tune, const std::vector<RenditionOptions>& renditions,
                                int cores) {
  double total = 0;
  for (const RenditionOptions& rendition : renditions) total += pixelsOf(rendition);
  const bool latency = tune == Tune::kLatency;
  const double available = latency ? cores : cores * kFrameThreadsPerCore;
  std::vector<int> threads;
  for (const RenditionOptions& rendition : renditions) {
    const double share = available * pixelsOf(rendition) / total;
    threads.push_back(std::clamp(static_cast<int>(std::lround(share)), 1,
                                 latency ? kMostSliceThreads : kMostFrameThreads));
  }
  return threads;
}

}  // namespace millrace
