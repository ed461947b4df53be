#pragma once

#include "media/libav.h"
#include "media/video/rotation.h"

namespace millrace {

/// How the container says the stream's pictures are to be turned.
Orientation orientationOf(const AVStream& stream);

}  // namespace millrace
