#include "media/packet_queue.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace millrace {
namespace {

bool isAnnouncement(const MediaItem& item) { return std::holds_alternative<KeyframeAhead>(item); }

const MediaPacket* packetIn(const MediaItem& item) { return std::get_if<MediaPacket>(&item); }

bool isVideo(const MediaItem& item) {
  const MediaPacket* packet = packetIn(item);
  return packet != nullptr && packet->video;
}

bool isKeyframe(const MediaItem& item) {
  return isVideo(item) && (packetIn(item)->packet->flags & AV_PKT_FLAG_KEY) != 0;
}

}  // namespace

bool PacketQueue::push(MediaItem item, const WaitLimit& mayWaitUntil, std::stop_token stop) {
  const MediaPacket* packet = packetIn(item);
  std::unique_lock lock(mutex_);
  if (isAnnouncement(item) && isFull()) return !closed_;
  // A change of a track comes with what follows it, which is no earlier than what is here.
  const std::optional<std::int64_t> timestampUs =
      packet != nullptr ? std::optional(packet->packet->dts) : lastTimestampUs();
  const bool room = waitForRoom(
      changed_, lock, stop,
      [&] {
        const Clock::time_point limit = mayWaitUntil(timestampUs);
        return limit == Clock::time_point::max() ? limit : std::min(limit, endOfPatience());
      },
      [this] { return closed_ || !isFull(); });
  if (closed_ || (!room && stop.stop_requested())) return false;
  if (!room && packet != nullptr) dropVideo();
  if (isKeyframe(item)) dropping_ = false;
  if (dropping_ && isVideo(item)) return true;
  if (replacesLast(item)) {
    account(items_.back(), -1);
    items_.pop_back();
  }
  account(item, 1);
  items_.push_back(std::move(item));
  if (std::exchange(consumerIdle_, false)) consumedAt_ = Clock::now();
  changed_.notify_all();
  return true;
}

std::optional<MediaItem> PacketQueue::pop(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  consumerIdle_ = items_.empty();
  const bool ready = changed_.wait(lock, stop, [this] { return closed_ || !items_.empty(); });
  if (!ready || items_.empty() || stop.stop_requested()) return std::nullopt;
  MediaItem item = std::move(items_.front());
  items_.pop_front();
  account(item, -1);
  consumedAt_ = Clock::now();
  changed_.notify_all();
  return item;
}

void PacketQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = closed_ || --producers_ <= 0;
  changed_.notify_all();
}

void PacketQueue::abandon() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  items_.clear();
  bytes_ = 0;
  changed_.notify_all();
}

bool PacketQueue::isFull() const {
  if (bytes_ >= limits_.bytes || items_.size() >= limits_.packets) return true;
  std::optional<std::int64_t> first;
  for (auto item = items_.begin(); item != items_.end() && !first; ++item)
    if (const MediaPacket* packet = packetIn(*item)) first = packet->packet->dts;
  return first && *lastTimestampUs() - *first >= limits_.span.count();
}

std::optional<std::int64_t> PacketQueue::lastTimestampUs() const {
  for (auto item = items_.rbegin(); item != items_.rend(); ++item)
    if (const MediaPacket* packet = packetIn(*item)) return packet->packet->dts;
  return std::nullopt;
}

// Of two changes of a track with nothing between them only the second matters. In a queue that
// drops its packets they would pile up.
bool PacketQueue::replacesLast(const MediaItem& item) const {
  if (items_.empty()) return false;
  const auto* update = std::get_if<TrackUpdate>(&item);
  const auto* last = std::get_if<TrackUpdate>(&items_.back());
  return update != nullptr && last != nullptr && update->video == last->video;
}

PacketQueue::Clock::time_point PacketQueue::endOfPatience() const {
  return consumedAt_ + limits_.patience;
}

// Late pictures are of no use to a viewer of a live stream: all that waits goes, and so does what
// depends on it. Audio of the same time goes with it, so that the queue has room again.
void PacketQueue::dropVideo() {
  std::int64_t gops = dropping_ ? 0 : 1;
  std::erase_if(items_, [&](const MediaItem& item) {
    if (packetIn(item) == nullptr) return isAnnouncement(item);
    if (isKeyframe(item) && &item != &items_.front()) ++gops;
    account(item, -1);
    return true;
  });
  dropping_ = true;
  gopsDropped_ += gops;
}

void PacketQueue::account(const MediaItem& item, int sign) {
  if (const MediaPacket* packet = packetIn(item)) {
    bytes_ += sign * packet->packet->size;
  } else if (const auto* update = std::get_if<TrackUpdate>(&item)) {
    if (update->track && update->track->parameters)
      bytes_ += sign * update->track->parameters->extradata_size;
  }
}

}  // namespace millrace
