#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

extern "C" {
#include <ffnvcodec/nvEncodeAPI.h>
}

namespace nvidia_double {

/// Fills in the calls that ask what an encoder can do.
void answerQuestions(NV_ENCODE_API_FUNCTION_LIST& functions);

}  // namespace nvidia_double
