#include "media/essence/window_builder.h"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

// How far pictures may go past a cut before sound that has not come that far is not waited for.
constexpr std::int64_t kLateSoundUs = 500'000;
// Sound this far ahead of the pictures goes on without them; and no keyframe is shown this long
// before a picture that is coded before it.
constexpr std::int64_t kLostVideoUs = 3'000'000;

}  // namespace

void WindowBuilder::add(const EssenceUnit& unit) {
  if (unit.video)
    addVideo(unit);
  else
    addAudio(unit);
  settle();
}

void WindowBuilder::keyframeAhead(std::int64_t timestampUs) {
  if (!videoCodec_ || !isCutAt(timestampUs)) return;
  open_.push_back({.fromUs = timestampUs, .countUs = timestampUs});
  settle();
}

void WindowBuilder::end() {
  // A cut behind which nothing came is none, as long as nobody has been told of it.
  const bool nothingBehind = open_.size() > 1 && !open_.back().video &&
                             (sounds_.empty() || sounds_.back().timestampUs < open_.back().fromUs);
  if (nothingBehind) open_.pop_back();
  closeAll(true);
}

void WindowBuilder::addVideo(const EssenceUnit& unit) {
  const bool isFirst = !videoCodec_;
  if (isFirst && !unit.key) return;
  const std::int64_t atUs = unit.timestampUs;
  if (!isFirst && *videoCodec_ != unit.codec) closeAll(false);
  videoCodec_ = unit.codec;
  lastVideoUs_ = std::max(lastVideoUs_.value_or(atUs), atUs);
  if (open_.empty() || (unit.key && isCutAt(atUs)))
    open_.push_back({.fromUs = atUs, .countUs = atUs});
  OpenWindow& window = open_.back();
  if (!window.video) {
    window.video.emplace();
    window.countUs = atUs;
    window.width = unit.width;
    window.height = unit.height;
  }
  window.video->add(unit, sha_);
  ++window.frames;
  window.pixels += std::int64_t{unit.width} * unit.height;
}

void WindowBuilder::addAudio(const EssenceUnit& unit) {
  const std::int64_t atUs = unit.timestampUs;
  if (audioCodec_ && *audioCodec_ != unit.codec) closeAll(false);
  audioCodec_ = unit.codec;
  lastAudioUs_ = atUs;
  sounds_.push_back(unit);
  const bool alone = !lastVideoUs_ || atUs - *lastVideoUs_ >= kLostVideoUs;
  if (open_.empty() || (alone && atUs - open_.back().countUs >= windowUs_))
    open_.push_back({.fromUs = atUs, .countUs = atUs});
}

bool WindowBuilder::isCutAt(std::int64_t keyframeUs) const {
  return !open_.empty() && keyframeUs - open_.back().countUs >= windowUs_;
}

bool WindowBuilder::waitsForSound(std::int64_t cutUs) const {
  if (!lastAudioUs_ || *lastAudioUs_ >= cutUs || *lastAudioUs_ < cutUs - kLateSoundUs) return false;
  return lastVideoUs_ && *lastVideoUs_ < cutUs + kLateSoundUs;
}

void WindowBuilder::settle() {
  while (open_.size() > 1) {
    const std::int64_t cutUs = open_[1].fromUs;
    if (waitsForSound(cutUs)) return;
    close(cutUs, false);
  }
  // Sound that no cut can come before any more, so that it need not be kept.
  if (open_.empty() || !open_.front().video) return;
  const std::int64_t dueUs = open_.front().countUs + windowUs_;
  takeSound(open_.front(), std::max(dueUs, *lastVideoUs_ - kLostVideoUs));
}

void WindowBuilder::takeSound(OpenWindow& window, std::optional<std::int64_t> beforeUs) {
  while (!sounds_.empty() && (!beforeUs || sounds_.front().timestampUs < *beforeUs)) {
    if (!window.audio) window.audio.emplace();
    window.audio->add(sounds_.front(), sha_);
    sounds_.pop_front();
  }
}

void WindowBuilder::closeAll(bool last) {
  while (!open_.empty()) {
    const bool isLast = open_.size() == 1;
    close(isLast ? std::nullopt : std::optional(open_[1].fromUs), last && isLast);
  }
}

void WindowBuilder::close(std::optional<std::int64_t> cutUs, bool last) {
  OpenWindow window = std::move(open_.front());
  open_.pop_front();
  takeSound(window, cutUs);
  if (!window.video && !window.audio) return;

  EssenceWindow closed;
  closed.index = index_++;
  if (window.video) closed.tracks.push_back(window.video->track(true, sha_));
  if (window.audio) closed.tracks.push_back(window.audio->track(false, sha_));
  closed.root = hashWindow(closed.tracks, sha_);
  chain_ = hashChain(chain_, closed.index, closed.root, sha_);
  closed.chain = chain_;
  closed.frames = window.frames;
  closed.pixels = window.pixels;
  closed.width = window.width;
  closed.height = window.height;
  const WindowPart& leading = window.video ? *window.video : *window.audio;
  closed.startTimestampUs = leading.firstUs;
  closed.endTimestampUs = cutUs.value_or(leading.endUs);
  closed.last = last;
  onWindow_(std::move(closed));
}

}  // namespace millrace
