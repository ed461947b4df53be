#pragma once

#include <string>
#include <vector>

#include "media/device/device_report.h"

namespace millrace {

/// Asks NVIDIA's driver, decoder and encoder libraries about every card. `problem` says why there
/// is nothing to report; it stays empty when there is a card.
std::vector<GpuReport> reportNvidia(std::string& problem);

}  // namespace millrace
