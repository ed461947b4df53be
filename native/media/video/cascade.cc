#include "media/video/cascade.h"

#include <algorithm>
#include <utility>

#include "media/video/tone_map.h"

namespace millrace {
namespace {

bool isWithin(ScaledSize size, ScaledSize bounds) {
  return size.width <= bounds.width && size.height <= bounds.height;
}

bool isGoodEnough(ScaledSize from, ScaledSize to) {
  return from.bitDepth == to.bitDepth && from.width >= to.width * Cascade::kLeastRatio &&
         from.height >= to.height * Cascade::kLeastRatio;
}

}  // namespace

ScaledSize unturned(const PictureSize& size, Orientation orientation, int bitDepth) {
  if (orientation.swapsSides()) return {size.height, size.width, bitDepth};
  return {size.width, size.height, bitDepth};
}

Cascade::Step::Step(ScaledSize made, const std::shared_ptr<const CudaDevice>& device)
    : size(made), scaler(made.width, made.height, made.bitDepth) {
  if (device) cudaScaler.emplace(device, made.width, made.height, made.bitDepth);
}

Cascade::Cascade(ScaledSize source, const std::vector<ScaledSize>& sizes,
                 std::shared_ptr<const CudaDevice> device)
    : device_(std::move(device)) {
  for (const ScaledSize& size : sizes)
    if (!find(size)) steps_.push_back(std::make_unique<Step>(size, device_));
  std::sort(steps_.begin(), steps_.end(), [](const auto& a, const auto& b) {
    return std::pair(a->size.width * a->size.height, a->size.width) >
           std::pair(b->size.width * b->size.height, b->size.width);
  });
  for (std::size_t step = 0; step < steps_.size(); ++step)
    for (std::size_t larger = 0; larger < step; ++larger) {
      const Step& from = *steps_[larger];
      if (!from.parent && isWithin(from.size, source) &&
          isGoodEnough(from.size, steps_[step]->size))
        steps_[step]->parent = larger;
    }
}

std::optional<std::size_t> Cascade::find(ScaledSize size) const {
  const auto found = std::find_if(steps_.begin(), steps_.end(),
                                  [&](const auto& step) { return step->size == size; });
  if (found == steps_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - steps_.begin());
}

Result<FramePtr> Cascade::scale(std::size_t step, const AVFrame& from) {
  Step& taken = *steps_[step];
  const std::lock_guard lock(taken.mutex);
  if (from.format != AV_PIX_FMT_CUDA) return taken.scaler.scale(from);
  // Only the CPU maps tones.
  if (!isHdr(from) || taken.size.bitDepth > 8) {
    Result<FramePtr> scaled = taken.cudaScaler->scale(from);
    if (scaled) return scaled;
    note(scaled.error());
  }
  Result<FramePtr> fetched = download(from);
  if (!fetched) return fetched;
  return taken.scaler.scale(**fetched);
}

Result<FramePtr> Cascade::fetch(std::size_t step, const AVFrame& made) {
  if (made.format != AV_PIX_FMT_CUDA) return clone(made);
  Result<FramePtr> fetched = download(made);
  if (!fetched) return fetched;
  const std::lock_guard lock(steps_[step]->mutex);
  return steps_[step]->scaler.scale(**fetched);
}

Result<FramePtr> Cascade::download(const AVFrame& picture) {
  Result<FramePtr> fetched = device_->download(picture);
  if (!fetched) note(fetched.error());
  return fetched;
}

std::optional<Error> Cascade::trouble() const {
  const std::lock_guard lock(troubleMutex_);
  return trouble_;
}

void Cascade::note(const Error& trouble) {
  const std::lock_guard lock(troubleMutex_);
  if (!trouble_) trouble_ = trouble;
}

CascadedPicture::CascadedPicture(std::shared_ptr<Cascade> cascade, FramePtr source)
    : cascade_(std::move(cascade)), source_(std::move(source)), slots_(cascade_->steps()) {}

Result<FramePtr> CascadedPicture::at(ScaledSize size) {
  Result<std::size_t> step = stepOf(size);
  if (!step) return step.error();
  return make(*step);
}

Result<FramePtr> CascadedPicture::fetchedAt(ScaledSize size) {
  Result<std::size_t> step = stepOf(size);
  if (!step) return step.error();
  Result<FramePtr> made = make(*step);
  if (!made || (*made)->format != AV_PIX_FMT_CUDA) return made;
  Slot& slot = slots_[*step];
  const std::lock_guard lock(slot.mutex);
  if (!slot.fetched) {
    Result<FramePtr> fetched = cascade_->fetch(*step, **made);
    if (!fetched) return fetched;
    slot.fetched = std::move(*fetched);
  }
  return clone(*slot.fetched);
}

Result<std::size_t> CascadedPicture::stepOf(ScaledSize size) const {
  if (const std::optional<std::size_t> step = cascade_->find(size)) return *step;
  return Error{.code = ErrorCode::kInternal,
               .stage = Stage::kScale,
               .message = "A picture was asked for at a size that no rung has."};
}

Result<FramePtr> CascadedPicture::make(std::size_t step) {
  Slot& slot = slots_[step];
  const std::lock_guard lock(slot.mutex);
  if (!slot.picture) {
    const std::optional<std::size_t> parent = cascade_->parentOf(step);
    Result<FramePtr> from = parent ? make(*parent) : Result<FramePtr>(clone(*source_));
    if (!from) return from;
    Result<FramePtr> scaled = cascade_->scale(step, **from);
    if (!scaled) return scaled;
    slot.picture = std::move(*scaled);
  }
  return clone(*slot.picture);
}

}  // namespace millrace
