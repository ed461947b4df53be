#pragma once

#include <memory>

#include "media/device/cuda_device.h"
#include "media/job/job_options.h"

namespace millrace {

/// The first card of those that a job may use that opens; null where it may use none. The error is
/// that of the card it would rather have had.
Result<std::shared_ptr<CudaDevice>> firstCardThatOpens(const Accel& accel);

}  // namespace millrace
