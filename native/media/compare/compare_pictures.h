#pragma once

#include <stop_token>
#include <variant>

#include "media/compare/comparison.h"

namespace millrace {

/// Reads a stretch of a source and of a rendition of it, decodes every picture of both, and
/// compares some: chosen at random, one in each of so many equal parts of the stretch, so that
/// whoever made the rendition cannot know which they will be. The source's picture of the same time
/// is scaled to the rendition's size; clocks that are off by less than half a frame do no harm.
///
/// Call it on a thread of its own: the thread gives way to all others from then on (nice 19), and
/// so do those that the libraries start from it. Each decoder has one thread, no more than a few
/// pictures are held at a time, and every wait ends at once when `stop` is stopped (kCancelled) or
/// the time limit is over (kTimedOut).
std::variant<PictureComparison, ComparisonFailure> comparePictures(const ComparisonOptions& options,
                                                                   std::stop_token stop);

}  // namespace millrace
