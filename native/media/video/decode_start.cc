#include "media/video/decode_start.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace millrace {
namespace {

// Past this without a keyframe, none is expected any more; nor is one before the point to resume at
// worth more memory.
constexpr std::int64_t kLongestGopUs = 10'000'000;
constexpr std::int64_t kLargestGopBytes = 32 * 1024 * 1024;
// Over which the pace is watched: short, since all of it may be left to decode at the point.
constexpr std::chrono::microseconds kPaceWatched{200'000};
// More than frame rates remember.
constexpr std::size_t kMostPassed = 1'024;

bool isKeyframe(const AVPacket& packet) { return (packet.flags & AV_PKT_FLAG_KEY) != 0; }

}  // namespace

DecodeStart::Step DecodeStart::accept(MediaPacket packet, Clock::duration waited) {
  const AVPacket& data = *packet.packet;
  Step step;
  watchPace(data.dts, waited);
  if (startsHere(data)) {
    step.anew = std::exchange(decoding_, false);
    drop();
    keyframeUs_ = data.pts;
    leading_ = true;
  } else if (leadsUpToKeyframe(data)) {
    pass(data.pts);
    return step;
  }
  if (decoding_) {
    step.packets.push_back(std::move(packet));
    return step;
  }
  heldBytes_ += data.size;
  held_.push_back(std::move(packet));
  if (isDue(data)) step.packets = release();
  return step;
}

std::vector<MediaPacket> DecodeStart::finish() {
  const bool needed = std::any_of(held_.begin(), held_.end(), [this](const MediaPacket& packet) {
    return !isBefore(packet.packet->pts);
  });
  if (!needed) drop();
  return release();
}

void DecodeStart::restart() {
  decoding_ = false;
  keyframeUs_.reset();
}

void DecodeStart::pass(std::int64_t timestampUs) {
  passedUs_.insert(timestampUs);
  if (passedUs_.size() > kMostPassed) passedUs_.erase(passedUs_.begin());
}

// At the first keyframe, and as long as the point to resume at is not behind it at every later one.
// While packets come slowly the decoder is with them already.
bool DecodeStart::startsHere(const AVPacket& packet) const {
  if (!isKeyframe(packet)) return false;
  if (!decoding_ && !keyframeUs_) return true;
  return resumeAtUs_ && packet.pts <= *resumeAtUs_ && !(decoding_ && comesSlowly_);
}

// Pictures that come behind a keyframe and are shown before it may refer to what was not decoded.
bool DecodeStart::leadsUpToKeyframe(const AVPacket& packet) {
  leading_ = leading_ && keyframeUs_ && packet.pts < *keyframeUs_;
  return leading_ && isBefore(packet.pts);
}

void DecodeStart::watchPace(std::int64_t dtsUs, Clock::duration waited) {
  if (!watchedSinceUs_) watchedSinceUs_ = dtsUs;
  waited_ += waited;
  const std::chrono::microseconds watched(dtsUs - *watchedSinceUs_);
  if (watched < kPaceWatched) return;
  comesSlowly_ = 2 * waited_ >= watched;
  watchedSinceUs_ = dtsUs;
  waited_ = {};
}

// Nothing that comes behind a picture at or after the point can be a keyframe before it.
bool DecodeStart::isDue(const AVPacket& packet) const {
  if (keyframeUs_ && (!isBefore(packet.pts) || comesSlowly_)) return true;
  const std::int64_t heldUs = packet.dts - held_.front().packet->dts;
  return heldUs >= kLongestGopUs || heldBytes_ >= kLargestGopBytes;
}

std::vector<MediaPacket> DecodeStart::release() {
  decoding_ = true;
  heldBytes_ = 0;
  std::vector<MediaPacket> released(std::make_move_iterator(held_.begin()),
                                    std::make_move_iterator(held_.end()));
  held_.clear();
  return released;
}

void DecodeStart::drop() {
  if (resumeAtUs_)
    for (const MediaPacket& packet : held_) pass(packet.packet->pts);
  heldBytes_ = 0;
  held_.clear();
}

}  // namespace millrace
