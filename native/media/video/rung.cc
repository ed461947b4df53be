#include "media/video/rung.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

#include "media/device/device_error.h"

namespace millrace {
namespace {

// Enough to ride out one slow keyframe; more would only be latency.
constexpr std::size_t kQueuedPictures = 6;
constexpr std::size_t kMostArrivals = 256;
constexpr double kAssumedFps = 30;

double value(Rational rate) {
  return rate.num > 0 && rate.den > 0 ? static_cast<double>(rate.num) / rate.den : 0;
}

bool isOfHdr(AVFrameSideDataType type) {
  return type == AV_FRAME_DATA_MASTERING_DISPLAY_METADATA ||
         type == AV_FRAME_DATA_CONTENT_LIGHT_LEVEL || type == AV_FRAME_DATA_DYNAMIC_HDR_PLUS ||
         type == AV_FRAME_DATA_DOVI_RPU_BUFFER || type == AV_FRAME_DATA_DOVI_METADATA;
}

// The pixels are every rung's, the captions and user data each rung's own. What the source says of
// its HDR is not true of an SDR picture that was made of it.
void takeSideData(AVFrame& picture, const AVFrame& from) {
  while (picture.nb_side_data > 0) av_frame_remove_side_data(&picture, picture.side_data[0]->type);
  for (int i = 0; i < from.nb_side_data; ++i) {
    const AVFrameSideData& data = *from.side_data[i];
    if (isOfHdr(data.type) && !isHdr(picture)) continue;
    AVBufferRef* buffer = av_buffer_ref(data.buf);
    if (av_frame_new_side_data_from_buf(&picture, data.type, buffer) == nullptr) {
      av_buffer_unref(&buffer);
      throw std::bad_alloc();
    }
  }
}

}  // namespace

Rung::Rung(Options options, Events events, PacketQueue& output, std::stop_token stop)
    : options_(std::move(options)),
      events_(std::move(events)),
      output_(output),
      stop_(std::move(stop)),
      pictures_(kQueuedPictures) {}

void Rung::useCard(std::shared_ptr<const CudaDevice> card) { card_ = std::move(card); }

void Rung::start() {
  encoderPlaces_.emplace(card_, options_.accel);
  thread_.start(
      Stage::kEncode, events_.onLog, [this] { return run(); },
      [this](std::optional<Error> failure) {
        pictures_.close();
        if (failure) events_.onFailed(std::move(*failure));
        output_.close();
        previous_.reset();
        encoder_.reset();
      });
}

PictureSize Rung::sizeOf(const AVFrame& frame, Orientation orientation) const {
  const SourcePicture description{frame.width, frame.height, frame.sample_aspect_ratio,
                                  orientation.degrees};
  const RenditionOptions& rendition = options_.rendition;
  return fitPicture(description, rendition.width, rendition.height,
                    sizeLimits(rendition.codec, options_.accel.kind));
}

void Rung::countFrom(std::int64_t timestampBaseUs) {
  if (frameRate_) return;
  frameRate_.emplace(options_.rendition.fps, timestampBaseUs);
  keyframes_.emplace(timestampBaseUs, std::chrono::microseconds(options_.rendition.gop).count(),
                     options_.earlyKeyframes);
}

void Rung::follow(const std::set<std::int64_t>& passedUs, std::int64_t timestampBaseUs,
                  std::int64_t resumeAtUs) {
  countFrom(timestampBaseUs);
  resumeAtUs_ = resumeAtUs;
  for (const std::int64_t timestampUs : passedUs) {
    const bool onGrid = keyframes_->isKeyframe(timestampUs);
    frameRate_->decide(timestampUs, onGrid && !keyframes_->everyFrame());
  }
}

void Rung::repeatFrom(const SourceFrame& frame) {
  followed_ = pictureOf(frame);
  UserDataCarry::strip(*followed_->frame);
}

Rung::Picture Rung::pictureOf(const SourceFrame& frame) {
  Picture picture;
  picture.frame = clone(*frame.decoded.frame);
  picture.scaled = frame.scaled;
  picture.orientation = frame.orientation;
  picture.sourceFps = frame.fps;
  picture.arrived = frame.decoded.arrived;
  picture.byCard = frame.decoded.byCard;
  return picture;
}

void Rung::offer(const SourceFrame& frame) {
  if (pictures_.closed() || stop_.stop_requested()) return;
  ++framesIn_;
  countFrom(frame.timestampBaseUs);
  const std::int64_t timestampUs = frame.decoded.timestampUs;
  const bool onGrid = keyframes_->isKeyframe(timestampUs);
  keyframeDue_ = keyframeDue_ || onGrid;
  bool kept = false;
  for (const FramePick& pick :
       frameRate_->decide(timestampUs, onGrid && !keyframes_->everyFrame())) {
    if (resumeAtUs_ && pick.timestampUs < *resumeAtUs_) continue;
    Picture picture;
    if (!pick.repeatPrevious) {
      kept = true;
      picture = pictureOf(frame);
      userData_.attach(*picture.frame);
      picture.keyframe = std::exchange(keyframeDue_, false);
    } else {
      if (followed_) picture = *std::exchange(followed_, std::nullopt);
      picture.keyframe = keyframes_->everyFrame();
      picture.arrived = frame.decoded.arrived;
    }
    picture.timestampUs = pick.timestampUs;
    push(std::move(picture));
  }
  if (kept) followed_.reset();
  if (!kept) userData_.take(*frame.decoded.frame);
}

void Rung::push(Picture picture) {
  hasOwn_ = true;
  const auto until = [&] { return options_.mayWaitUntil(picture.timestampUs); };
  if (pictures_.push(picture, until, stop_)) return;
  if (pictures_.closed() || stop_.stop_requested()) return;
  ++framesDropped_;
  keyframeDue_ = keyframeDue_ || picture.keyframe;
  if (picture.frame) userData_.take(*picture.frame);
}

void Rung::end(std::int64_t lastDurationUs) {
  // Repeats of what an earlier attempt delivered are no rendition.
  if (hasOwn_ && !pictures_.closed())
    for (const FramePick& pick : frameRate_->finish(lastDurationUs)) {
      Picture picture;
      picture.timestampUs = pick.timestampUs;
      picture.keyframe = keyframes_->everyFrame();
      picture.arrived = Clock::now();
      push(std::move(picture));
    }
  pictures_.close();
}

Result<void> Rung::run() {
  while (std::optional<Picture> picture = pictures_.pop(stop_))
    if (Result<void> processed = process(std::move(*picture)); !processed) return processed;
  if (!encoder_ || stop_.stop_requested()) return {};
  // Nothing follows that the rest could make wait.
  return drain(waitForEver);
}

// Ends when the picture is encoded, was lost with a card, or there is nowhere to encode it.
Result<void> Rung::process(Picture picture) {
  picture.keyframe = std::exchange(keyframeOwed_, false) || picture.keyframe;
  if (!picture.frame) return previous_ ? repeatPrevious(picture) : Result<void>();
  if (picture.keyframe) announceKeyframe(picture);
  for (;;) {
    Result<FramePtr> prepared = prepare(picture);
    if (!prepared && isOfDevice(prepared.error())) {
      // Others follow, from elsewhere.
      keyframeOwed_ = picture.keyframe;
      return {};
    }
    if (!prepared) return prepared.error();
    const std::shared_ptr<const CudaDevice> card = encoderCard();
    const Result<void> encoded = encodePrepared(picture, std::move(*prepared));
    if (encoded) return {};
    if (!card || !isOfDevice(encoded.error())) return failure(encoded.error());
    leaveEncoderPlace(encoded.error());
  }
}

Result<void> Rung::repeatPrevious(const Picture& picture) {
  FramePtr repeated = clone(*previous_);
  UserDataCarry::strip(*repeated);
  // The encoder has gone elsewhere since, and a repeat is not worth what it would take.
  if (!encoder_ || !encoder_->accepts(*repeated)) return {};
  return encode(*repeated, picture);
}

Result<void> Rung::encodePrepared(Picture& picture, FramePtr prepared) {
  if (!encoder_ || !encoder_->accepts(*prepared)) {
    picture.keyframe = true;
    if (Result<void> opened = openEncoder(picture, *prepared); !opened) return opened;
  }
  previous_ = std::move(prepared);
  FramePtr once = clone(*previous_);
  return encode(*once, picture);
}

// That nothing but a card encodes this codec is no news to who asked for one.
Error Rung::failure(const Error& last) const {
  return last.code == ErrorCode::kCodecUnsupported && leftFor_ ? *leftFor_ : last;
}

// Only where the encoder holds nothing back that comes before it.
void Rung::announceKeyframe(const Picture& picture) {
  if (encoder_ && arrivals_.empty())
    output_.push(KeyframeAhead{picture.timestampUs}, options_.mayWaitUntil, stop_);
}

Result<FramePtr> Rung::prepare(const Picture& picture) {
  size_ = sizeOf(*picture.frame, picture.orientation);
  const ScaledSize size = unturned(size_, picture.orientation, bitDepth());
  const bool upright = picture.orientation.isUpright();
  const bool staysOnCard = upright && card_ && encoderCard() == card_;
  Result<FramePtr> scaled =
      staysOnCard ? picture.scaled->at(size) : picture.scaled->fetchedAt(size);
  if (!scaled) return scaled;
  takeSideData(**scaled, *picture.frame);
  if (upright) return scaled;
  FramePtr turned = makeFrame();
  if (Result<void> rotated = rotate(**scaled, *turned, picture.orientation); !rotated)
    return rotated.error();
  return turned;
}

std::shared_ptr<const CudaDevice> Rung::encoderCard() const {
  return fitsNvenc(size_, options_.rendition.codec) ? encoderPlaces_->card() : nullptr;
}

// What an encoder on a card still holds is lost with the card.
Result<void> Rung::drain(const WaitLimit& mayWaitUntil) {
  Result<void> drained = encoder_->encode(
      nullptr, false, [&](PacketPtr&& packet) { emit(std::move(packet), mayWaitUntil); });
  if (!drained && isOfDevice(drained.error()) && arrivals_.empty()) return {};
  return drained;
}

Result<void> Rung::openEncoder(const Picture& picture, const AVFrame& prepared) {
  if (encoder_)
    if (Result<void> drained = drain(options_.mayWaitUntil); !drained) return drained;
  // Its session may be the last that the driver gives.
  encoder_.reset();
  const double ownFps = value(options_.rendition.fps);
  double fps = ownFps > 0 ? ownFps : picture.sourceFps;
  if (fps <= 0) fps = kAssumedFps;
  frameDurationUs_ = std::llround(1e6 / fps);
  Result<std::unique_ptr<Encoder>> opened =
      Encoder::open(options_.rendition,
                    Encoder::Options{size_, fps, options_.tune, encoderCard(), options_.threads,
                                     options_.globalHeader},
                    prepared);
  if (!opened) return opened.error();
  encoder_ = std::move(*opened);
  events_.onEncoder(*encoder_, size_, places(picture));
  auto track = std::make_shared<Track>();
  track->parameters = encoder_->parameters();
  track->timeBase = kMicroseconds;
  track->fps = fps;
  output_.push(TrackUpdate{true, std::move(track)}, options_.mayWaitUntil, stop_);
  return {};
}

StagePlaces Rung::places(const Picture& picture) const {
  const auto name = [](const CudaDevice* card) { return card != nullptr ? card->label() : "cpu"; };
  const bool mapsTones = isHdr(*picture.frame) && bitDepth() == 8;
  return {.decode = name(picture.byCard ? card_.get() : nullptr),
          .scale = name(picture.scaled->isOnCard() && !mapsTones ? card_.get() : nullptr),
          .encode = name(encoder_->card())};
}

// A card without an encoder unit is left without a word: the job's plan says where it is encoded.
void Rung::leaveEncoderPlace(const Error& reason) {
  const bool midStream = encoder_ != nullptr;
  leftFor_ = reason;
  encoder_.reset();
  arrivals_.clear();
  encoderPlaces_->leave();
  const std::string where =
      encoderPlaces_->isCpu() ? "by the CPU" : "on " + encoderPlaces_->card()->label();
  const std::string told = "Rendition " + options_.rendition.name + " is encoded " + where + ": " +
                           reason.message + " " + reason.cause;
  if (reason.code == ErrorCode::kDeviceSessionsExhausted)
    events_.onWarning(WarningEvent{"DEVICE_SESSIONS_EXHAUSTED", told});
  else if (midStream || reason.code != ErrorCode::kDeviceFailed)
    events_.onWarning(WarningEvent{"DEVICE_LEFT", told});
}

Result<void> Rung::encode(AVFrame& prepared, const Picture& picture) {
  prepared.pts = picture.timestampUs;
  arrivals_[picture.timestampUs] = picture.arrived;
  if (arrivals_.size() > kMostArrivals) arrivals_.erase(arrivals_.begin());
  ++framesEncoded_;
  pixelsEncoded_ += static_cast<std::int64_t>(prepared.width) * prepared.height;
  return encoder_->encode(&prepared, picture.keyframe, [&](PacketPtr&& packet) {
    emit(std::move(packet), options_.mayWaitUntil);
  });
}

void Rung::emit(PacketPtr packet, const WaitLimit& mayWaitUntil) {
  MediaPacket result;
  result.video = true;
  result.arrived = Clock::now();
  if (const auto arrival = arrivals_.find(packet->pts); arrival != arrivals_.end()) {
    result.arrived = arrival->second;
    arrivals_.erase(arrival);
  }
  packet->duration = frameDurationUs_;
  result.packet = std::move(packet);
  output_.push(std::move(result), mayWaitUntil, stop_);
}

}  // namespace millrace
