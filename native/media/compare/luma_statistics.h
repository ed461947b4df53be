#pragma once

#include "media/compare/luma_plane.h"

namespace millrace {

/// How bright a picture is and how much its pixels differ, both from 0 to 255.
struct LumaStatistics {
  double mean = 0;
  double deviation = 0;  ///< Standard deviation. A picture of one colour has 0.
};

LumaStatistics lumaStatistics(const LumaPlane& picture);

/// The mean absolute difference of the pixels of two pictures of one size, 0 to 255.
double lumaDifference(const LumaPlane& one, const LumaPlane& other);

}  // namespace millrace
