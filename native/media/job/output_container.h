#pragma once

#include "media/job/job_options.h"

namespace millrace {

/// The container an output gets when none is named: RTMP carries FLV, SRT carries MPEG-TS, and for
/// the rest the path's suffix says it; MPEG-TS when it says nothing.
Container containerOf(const OutputOptions& output);

}  // namespace millrace
