#pragma once

#include <memory>
#include <vector>

#include "media/device/cuda_device.h"
#include "media/job/job_options.h"

namespace millrace {

/// Where a rendition's encoder may run, the best place first: on the job's card, where its pictures
/// are; on the other cards that the job names; by the CPU. A place that was left is not come back
/// to. Owned and used by one thread, its rung's.
class EncoderPlaces {
 public:
  /// `card`: the job's; null: only the CPU is left.
  EncoderPlaces(std::shared_ptr<const CudaDevice> card, const Accel& accel);

  /// The card to encode on; null: the CPU.
  const std::shared_ptr<const CudaDevice>& card() const { return card_; }
  bool isCpu() const { return !card_; }
  /// Goes on to the next place, over cards that do not open. Ends at the CPU.
  void leave();

 private:
  std::shared_ptr<const CudaDevice> card_;
  std::vector<int> others_;  ///< Cards still to try.
};

}  // namespace millrace
