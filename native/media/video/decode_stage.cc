#include "media/video/decode_stage.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace millrace {
namespace {

// Past this without a keyframe, none is expected any more.
constexpr std::int64_t kLongestGopUs = 10'000'000;
constexpr std::int64_t kLargestGopBytes = 32 * 1024 * 1024;

}  // namespace

DecodeStage::DecodeStage(Options options, Events events, std::vector<Rung*> rungs,
                         std::stop_token stop)
    : options_(options),
      events_(std::move(events)),
      rungs_(std::move(rungs)),
      stop_(std::move(stop)),
      queue_(PacketQueue::Limits{.packets = 64}),
      timestampBaseUs_(options_.timestampBaseUs) {}

void DecodeStage::start() {
  thread_.start(
      Stage::kDecode, events_.onLog, [this] { return run(); },
      [this](std::optional<Error> failure) {
        queue_.abandon();
        decoder_.reset();
        if (failure) events_.onFailed(std::move(*failure));
        for (Rung* rung : rungs_) rung->end(lastStepUs_);
      });
}

Result<void> DecodeStage::run() {
  while (std::optional<MediaItem> item = queue_.pop(stop_)) {
    if (auto* update = std::get_if<TrackUpdate>(&*item)) {
      if (Result<void> changed = changeTrack(std::move(update->track)); !changed) return changed;
      continue;
    }
    if (Result<void> accepted = accept(std::move(std::get<MediaPacket>(*item))); !accepted)
      return accepted;
  }
  if (stop_.stop_requested()) return {};
  if (!decoder_ && !beforeKeyframe_.empty())
    if (Result<void> opened = openDecoder(); !opened) return opened;
  return decoder_ ? decode(nullptr, Clock::now()) : Result<void>();
}

// A source joined in mid-GOP starts at its next keyframe; one that has none starts as it is.
Result<void> DecodeStage::accept(MediaPacket packet) {
  if (decoder_) return decode(packet.packet.get(), packet.arrived);
  if (!track_) return {};
  const bool keyframe = (packet.packet->flags & AV_PKT_FLAG_KEY) != 0;
  if (keyframe) {
    beforeKeyframe_.clear();
    beforeKeyframeBytes_ = 0;
  }
  beforeKeyframeBytes_ += packet.packet->size;
  beforeKeyframe_.push_back(std::move(packet));
  const std::int64_t waitedUs =
      beforeKeyframe_.back().packet->dts - beforeKeyframe_.front().packet->dts;
  const bool noneToCome = waitedUs >= kLongestGopUs || beforeKeyframeBytes_ >= kLargestGopBytes;
  return keyframe || noneToCome ? openDecoder() : Result<void>();
}

Result<void> DecodeStage::openDecoder() {
  Result<std::unique_ptr<Decoder>> opened = Decoder::open(*track_, options_.tune);
  if (!opened) return opened.error();
  decoder_ = std::move(*opened);
  for (const MediaPacket& packet : std::exchange(beforeKeyframe_, {}))
    if (Result<void> decoded = decode(packet.packet.get(), packet.arrived); !decoded)
      return decoded;
  return {};
}

Result<void> DecodeStage::changeTrack(std::shared_ptr<const Track> track) {
  if (decoder_)
    if (Result<void> drained = decode(nullptr, Clock::now()); !drained) return drained;
  decoder_.reset();
  track_ = std::move(track);
  return {};
}

// A damaged access unit costs its picture, not the job.
Result<void> DecodeStage::decode(const AVPacket* packet, Clock::time_point arrived) {
  const Result<void> decoded =
      decoder_->decode(packet, arrived, [this](DecodedFrame&& frame) { offer(std::move(frame)); });
  if (!decoded) {
    ++errors_;
    events_.onLog(LogEvent{LogLevel::kWarning, "millrace",
                           decoded.error().message + " " + decoded.error().cause});
  }
  return {};
}

void DecodeStage::offer(DecodedFrame&& frame) {
  ++frames_;
  if (!clipBaseUs_) clipBaseUs_ = frame.timestampUs;
  const std::int64_t sinceStartUs = frame.timestampUs - *clipBaseUs_;
  if (options_.clipFrom && sinceStartUs < std::chrono::microseconds(*options_.clipFrom).count())
    return;
  if (options_.clipTo && sinceStartUs >= std::chrono::microseconds(*options_.clipTo).count())
    return;
  if (lastTimestampUs_)
    lastStepUs_ = std::max<std::int64_t>(0, frame.timestampUs - *lastTimestampUs_);
  if (!lastTimestampUs_) announce(frame);
  lastTimestampUs_ = frame.timestampUs;
  Orientation orientation = orientationOf(*frame.frame);
  if (orientation.isUpright()) orientation = track_->orientation;
  const std::shared_ptr<CascadedPicture> scaled = cascade(*frame.frame, orientation);
  for (Rung* rung : rungs_) rung->offer(frame, scaled, orientation, fps_, *timestampBaseUs_);
}

// The cascade lasts until a picture of another form comes; pictures before it keep the old one.
std::shared_ptr<CascadedPicture> DecodeStage::cascade(const AVFrame& frame,
                                                      Orientation orientation) {
  std::vector<ScaledSize> ladder{{frame.width, frame.height}};
  for (const Rung* rung : rungs_)
    ladder.push_back(unturned(rung->sizeOf(frame, orientation), orientation));
  if (!cascade_ || ladder != ladder_) {
    cascade_ = std::make_shared<Cascade>(ladder.front(),
                                         std::vector(std::next(ladder.begin()), ladder.end()));
    ladder_ = std::move(ladder);
  }
  return std::make_shared<CascadedPicture>(cascade_, clone(frame));
}

void DecodeStage::announce(const DecodedFrame& frame) {
  if (!timestampBaseUs_) timestampBaseUs_ = frame.timestampUs;
  fps_ = track_->fps > 0 ? track_->fps : decoder_->fps();
  const char* format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.frame->format));
  events_.onFirstPicture(FirstPicture{decoder_->name(), format != nullptr ? format : "",
                                      frame.frame->width, frame.frame->height, fps_,
                                      *timestampBaseUs_});
}

}  // namespace millrace
