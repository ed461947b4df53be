#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

extern "C" {
#include <ffnvcodec/nvEncodeAPI.h>
}

namespace nvidia_double {

/// Fills in the calls by which pictures are given to an encoder.
void takeInput(NV_ENCODE_API_FUNCTION_LIST& functions);

}  // namespace nvidia_double
