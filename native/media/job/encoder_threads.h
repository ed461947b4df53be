#pragma once

#include <vector>

#include "media/job/job_options.h"

namespace millrace {

/// How many threads each rendition's encoder gets of a machine with `cores` cores: its share by
/// pixels, since the rungs run side by side. At least one; no more than what still helps.
std::vector<int> encoderThreads(Tune tune, const std::vector<RenditionOptions>& renditions,
                                int cores);

}  // namespace millrace
