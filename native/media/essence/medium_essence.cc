#include "media/essence/medium_essence.h"

#include <utility>

namespace millrace {

MediumEssence::MediumEssence(std::chrono::milliseconds window, WindowBuilder::OnWindow onWindow)
    : windows_(std::make_unique<WindowBuilder>(window, std::move(onWindow))) {
  onUnit_ = [windows = windows_.get()](const EssenceUnit& unit) { windows->add(unit); };
}

void MediumEssence::describe(bool video, const AVCodecParameters* parameters) {
  Track& track = video ? video_ : audio_;
  if (parameters == nullptr) {
    track = {};
  } else if (track.codec == parameters->codec_id && track.hasher) {
    track.hasher->describe(*parameters);
  } else {
    track = {parameters->codec_id, UnitHasher::forTrack(*parameters)};
  }
}

void MediumEssence::add(bool video, const AVPacket& packet) {
  const Track& track = video ? video_ : audio_;
  if (!track.hasher) return;
  if (const std::optional<EssenceUnit> unit = track.hasher->hash(packet)) onUnit_(*unit);
}

void MediumEssence::keyframeAhead(std::int64_t timestampUs) {
  if (windows_) windows_->keyframeAhead(timestampUs);
}

void MediumEssence::end() {
  if (windows_) windows_->end();
}

}  // namespace millrace
