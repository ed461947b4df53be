#pragma once

namespace millrace {

/// The kernels of `kernels/` as PTX, for the driver to load; empty in a build made without clang.
const char* kernelImage();

}  // namespace millrace
