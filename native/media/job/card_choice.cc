#include "media/job/card_choice.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace millrace {

Result<std::shared_ptr<CudaDevice>> firstCardThatOpens(const Accel& accel) {
  if (accel.kind == AccelKind::kNone) return std::shared_ptr<CudaDevice>();
  std::vector<int> indices = accel.devices;
  if (indices.empty())
    for (int index = 0; index < std::max(1, CudaDevice::count()); ++index) indices.push_back(index);
  std::optional<Error> failure;
  for (const int index : indices) {
    Result<std::shared_ptr<CudaDevice>> opened = CudaDevice::open(index);
    if (opened) return opened;
    if (!failure) failure = std::move(opened).error();
  }
  return *failure;
}

}  // namespace millrace
