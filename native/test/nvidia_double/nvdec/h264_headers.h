#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

#include <cstdint>
#include <vector>

#include "cuvid_api.h"

namespace nvidia_double {

/// An application gives NVDEC the slices of a picture, and what is in its parameter sets as a
/// structure. These write the parameter sets anew, as far as the decoding of pixels needs them.
/// `mbaff`: frames of the sequence may be of macroblock pairs (MbaffFrameFlag says so of one
/// frame).
std::vector<std::uint8_t> sequenceParameterSet(const CUVIDPICPARAMS& picture, bool mbaff);
std::vector<std::uint8_t> pictureParameterSet(const CUVIDPICPARAMS& picture, unsigned id);

/// The picture parameter sets that a picture's slices refer to, each once.
std::vector<unsigned> pictureParameterSetIds(const CUVIDPICPARAMS& picture);

}  // namespace nvidia_double
