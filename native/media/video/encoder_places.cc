#include "media/video/encoder_places.h"

#include <utility>

namespace millrace {

EncoderPlaces::EncoderPlaces(std::shared_ptr<const CudaDevice> card, const Accel& accel)
    : card_(std::move(card)) {
  if (!card_) return;
  for (const int index : accel.devices)
    if (index != card_->index()) others_.push_back(index);
}

void EncoderPlaces::leave() {
  card_.reset();
  while (!card_ && !others_.empty()) {
    Result<std::shared_ptr<CudaDevice>> opened = CudaDevice::open(others_.front());
    others_.erase(others_.begin());
    if (opened) card_ = std::move(*opened);
  }
}

}  // namespace millrace
