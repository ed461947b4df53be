#pragma once

#include "media/compare/luma_plane.h"

namespace millrace {

/// Structural similarity of two pictures of one size: 1 is identical, 0 nothing alike, and what is
/// turned inside out is below. The mean over windows of 8x8 pixels, four apart, which is what
/// ffmpeg's ssim filter reports as Y. Pictures without a whole window are as alike as they can be.
double lumaSsim(const LumaPlane& one, const LumaPlane& other);

/// Likewise of the two made four times smaller each way. What compression does to a picture all but
/// vanishes there, also where it has to throw noise away; what the picture shows does not.
double coarseLumaSsim(const LumaPlane& one, const LumaPlane& other);

}  // namespace millrace
