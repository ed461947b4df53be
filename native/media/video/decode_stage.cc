#include "media/video/decode_stage.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "media/device/device_error.h"

namespace millrace {
namespace {

// A card whose driver still answers may fail at what is wrong with the stream.
constexpr int kMostCardFailures = 3;

}  // namespace

DecodeStage::DecodeStage(Options options, Events events, std::vector<Rung*> rungs,
                         std::stop_token stop)
    : options_(options),
      events_(std::move(events)),
      rungs_(std::move(rungs)),
      stop_(std::move(stop)),
      queue_(PacketQueue::Limits{.packets = 64}),
      start_(options_.resumeAtUs),
      timestampBaseUs_(options_.timestampBaseUs) {}

void DecodeStage::useCard(std::shared_ptr<const CudaDevice> card) {
  card_ = std::move(card);
  if (card_) upload_.emplace(card_);
}

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
  for (;;) {
    const Clock::time_point asked = Clock::now();
    std::optional<MediaItem> item = queue_.pop(stop_);
    if (!item) break;
    if (auto* update = std::get_if<TrackUpdate>(&*item)) {
      if (Result<void> changed = changeTrack(std::move(update->track)); !changed) return changed;
      continue;
    }
    if (Result<void> accepted =
            accept(std::move(std::get<MediaPacket>(*item)), Clock::now() - asked);
        !accepted)
      return accepted;
  }
  if (stop_.stop_requested()) return {};
  if (Result<void> decoded = decodeAll(start_.finish()); !decoded) return decoded;
  return decoder_ ? decode(nullptr, Clock::now()) : Result<void>();
}

Result<void> DecodeStage::accept(MediaPacket packet, Clock::duration waited) {
  if (!track_) return {};
  if (card_ && cascade_)
    if (const std::optional<Error> trouble = cascade_->trouble()) leaveCard(*trouble);
  const AVPacket& data = *packet.packet;
  // The pictures that a base would be taken from may never be decoded.
  if (options_.resumeAtUs && !timestampBaseUs_ && (data.flags & AV_PKT_FLAG_KEY) != 0)
    timestampBaseUs_ = data.pts;
  DecodeStart::Step step = start_.accept(std::move(packet), waited);
  if (step.anew) {
    decoder_.reset();
    passed_.reset();
  }
  return decodeAll(step.packets);
}

Result<void> DecodeStage::decodeAll(const std::vector<MediaPacket>& packets) {
  for (const MediaPacket& packet : packets) {
    if (!decoder_)
      if (Result<void> opened = openDecoder(); !opened) return opened;
    if (Result<void> decoded = decode(packet.packet.get(), packet.arrived); !decoded)
      return decoded;
    if (!decoder_) break;
  }
  return {};
}

Result<void> DecodeStage::openDecoder() {
  const bool byCard = card_ && cardDecodes_ && Decoder::cardsDecode(track_->parameters->codec_id);
  Result<std::unique_ptr<Decoder>> opened =
      Decoder::open(*track_, options_.tune, std::nullopt, byCard ? card_ : nullptr);
  if (!opened) return opened.error();
  decoder_ = std::move(*opened);
  return {};
}

Result<void> DecodeStage::changeTrack(std::shared_ptr<const Track> track) {
  if (decoder_)
    if (Result<void> drained = decode(nullptr, Clock::now()); !drained) return drained;
  decoder_.reset();
  start_.restart();
  track_ = std::move(track);
  cardDecodes_ = card_ != nullptr;
  return {};
}

// A damaged access unit costs its picture, not the job.
Result<void> DecodeStage::decode(const AVPacket* packet, Clock::time_point arrived) {
  const auto onFrame = [this](DecodedFrame&& frame) { show(std::move(frame)); };
  Result<void> decoded = decoder_->decode(packet, arrived, onFrame);
  if (!decoded && packet != nullptr && decoder_->refusedByCard()) {
    cardDecodes_ = false;
    if (Result<void> opened = openDecoder(); !opened) return opened;
    decoded = decoder_->decode(packet, arrived, onFrame);
  }
  if (!decoded) noteFailure(decoded.error());
  return {};
}

void DecodeStage::noteFailure(const Error& error) {
  ++errors_;
  events_.onLog(LogEvent{LogLevel::kWarning, "millrace", error.message + " " + error.cause});
  if (!card_ || !isOfDevice(error)) return;
  if (++cardFailures_ >= kMostCardFailures || !card_->check()) leaveCard(error);
}

// What the card's decoder holds is lost with it.
void DecodeStage::leaveCard(const Error& reason) {
  if (decoder_ && decoder_->card() != nullptr) {
    decoder_.reset();
    start_.restart();
  }
  events_.onWarning(WarningEvent{
      "DEVICE_LEFT", "The source is decoded and scaled by the CPU from now on: " + reason.message +
                         " " + reason.cause});
  upload_.reset();
  card_.reset();
  cardDecodes_ = false;
}

void DecodeStage::placeOnCard(DecodedFrame& frame) {
  if (!card_ || frame.frame->format == AV_PIX_FMT_CUDA || !DeviceUpload::takes(*frame.frame))
    return;
  Result<FramePtr> placed = upload_->upload(*frame.frame);
  if (placed)
    frame.frame = std::move(*placed);
  else
    leaveCard(placed.error());
}

void DecodeStage::show(DecodedFrame&& frame) {
  ++frames_;
  if (frame.byCard) cardFailures_ = 0;
  if (!timestampBaseUs_) timestampBaseUs_ = frame.timestampUs;
  if (isClippedOff(frame.timestampUs)) return;
  if (options_.resumeAtUs && frame.timestampUs < *options_.resumeAtUs) {
    start_.pass(frame.timestampUs);
    passed_ = std::move(frame);
    return;
  }
  if (lastTimestampUs_)
    lastStepUs_ = std::max<std::int64_t>(0, frame.timestampUs - *lastTimestampUs_);
  if (!lastTimestampUs_) {
    announce(frame);
    if (options_.resumeAtUs) follow();
  }
  lastTimestampUs_ = frame.timestampUs;
  placeOnCard(frame);
  const SourceFrame picture = sourceFrame(frame);
  for (Rung* rung : rungs_) rung->offer(picture);
}

bool DecodeStage::isClippedOff(std::int64_t timestampUs) const {
  const std::chrono::microseconds sinceBase(timestampUs - *timestampBaseUs_);
  return (options_.clipFrom && sinceBase < *options_.clipFrom) ||
         (options_.clipTo && sinceBase >= *options_.clipTo);
}

// The rungs go on as if they had been offered all that an earlier attempt was.
void DecodeStage::follow() {
  for (Rung* rung : rungs_)
    rung->follow(start_.passedUs(), *timestampBaseUs_, *options_.resumeAtUs);
  if (!passed_) return;
  const SourceFrame last = sourceFrame(*passed_);
  for (Rung* rung : rungs_) rung->repeatFrom(last);
  passed_.reset();
}

SourceFrame DecodeStage::sourceFrame(const DecodedFrame& frame) {
  Orientation orientation = orientationOf(*frame.frame);
  if (orientation.isUpright()) orientation = track_->orientation;
  return {frame, cascade(*frame.frame, orientation), orientation, fps_, *timestampBaseUs_};
}

// The cascade lasts until a picture of another form comes; pictures before it keep the old one.
std::shared_ptr<CascadedPicture> DecodeStage::cascade(const AVFrame& frame,
                                                      Orientation orientation) {
  std::vector<ScaledSize> ladder{{frame.width, frame.height}};
  for (const Rung* rung : rungs_)
    ladder.push_back(unturned(rung->sizeOf(frame, orientation), orientation, rung->bitDepth()));
  if (!cascade_ || ladder != ladder_ || card_.get() != cascade_->card()) {
    cascade_ = std::make_shared<Cascade>(
        ladder.front(), std::vector(std::next(ladder.begin()), ladder.end()), card_);
    ladder_ = std::move(ladder);
  }
  return std::make_shared<CascadedPicture>(cascade_, clone(frame));
}

void DecodeStage::announce(const DecodedFrame& frame) {
  fps_ = track_->fps > 0 ? track_->fps : decoder_->fps();
  const char* format = av_get_pix_fmt_name(softwareFormatOf(*frame.frame));
  events_.onFirstPicture(FirstPicture{decoder_->name(), format != nullptr ? format : "",
                                      frame.frame->width, frame.frame->height, fps_,
                                      *timestampBaseUs_});
}

}  // namespace millrace
