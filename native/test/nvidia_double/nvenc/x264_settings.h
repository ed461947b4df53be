#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

extern "C" {
#include <ffnvcodec/nvEncodeAPI.h>
#include <x264.h>
}

namespace nvidia_double {

/// What x264 is told so that it answers as NVENC would when asked the same. B-frames and lookahead
/// are never used: each picture comes out before the next goes in.
x264_param_t x264Settings(const NV_ENC_INITIALIZE_PARAMS& asked);

/// The part of it that can change while an encoder runs.
void setRate(x264_param_t& settings, const NV_ENC_RC_PARAMS& asked);

}  // namespace nvidia_double
