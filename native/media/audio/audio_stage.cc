#include "media/audio/audio_stage.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "media/output/muxer.h"

namespace millrace {
namespace {

// A decoder, and an encoder, needs some sound before the first that is heard.
constexpr std::int64_t kRunInUs = 200'000;

bool isComplete(const Track& track) {
  return track.parameters->sample_rate > 0 && track.parameters->ch_layout.nb_channels > 0;
}

}  // namespace

AudioStage::AudioStage(Options options, Events events, std::vector<Output> outputs,
                       std::stop_token stop)
    : options_(std::move(options)),
      events_(std::move(events)),
      outputs_(std::move(outputs)),
      stop_(std::move(stop)),
      queue_(PacketQueue::Limits{.span = std::chrono::seconds(30), .packets = 4'000}),
      copies_(outputs_.size(), false),
      baseUs_(options_.timestampBaseUs) {}

void AudioStage::start() {
  thread_.start(
      Stage::kEncode, events_.onLog, [this] { return run(); },
      [this](std::optional<Error> failure) {
        queue_.abandon();
        encoder_.reset();
        if (failure) {
          for (const Output& output : outputs_)
            output.queue->push(TrackUpdate{false, nullptr}, options_.mayWaitUntil, stop_);
          events_.onLost(std::move(*failure));
        }
        for (const Output& output : outputs_) output.queue->close();
      });
}

std::string AudioStage::plan(AudioMode mode, Container container, const Track* track) {
  if (mode == AudioMode::kDrop || track == nullptr) return "none";
  const bool undescribedAac = !isComplete(*track) && track->parameters->codec_id == AV_CODEC_ID_AAC;
  if (mode == AudioMode::kCopy && (undescribedAac || Muxer::carries(container, *track->parameters)))
    return "copy";
  return "aac";
}

Result<void> AudioStage::run() {
  while (std::optional<MediaItem> item = queue_.pop(stop_)) {
    if (auto* update = std::get_if<TrackUpdate>(&*item)) {
      if (Result<void> changed = changeTrack(std::move(update->track)); !changed) return changed;
      continue;
    }
    if (Result<void> accepted = accept(std::get<MediaPacket>(*item)); !accepted) return accepted;
  }
  return stop_.stop_requested() ? Result<void>() : encode(nullptr, Clock::now());
}

Result<void> AudioStage::accept(const MediaPacket& packet) {
  if (options_.mode == AudioMode::kDrop || !track_ || !isComplete(*track_)) return {};
  const std::int64_t pts = packet.packet->pts;
  if (!baseUs_) baseUs_ = pts;
  if (options_.clipFrom && std::chrono::microseconds(pts - *baseUs_) < *options_.clipFrom)
    return {};
  if (isBefore(pts, kRunInUs)) return {};
  if (!isBefore(pts)) distribute(*packet.packet, packet.arrived, false);
  return encode(packet.packet.get(), packet.arrived);
}

// Of the point to resume at.
bool AudioStage::isBefore(std::int64_t timestampUs, std::int64_t marginUs) const {
  return options_.resumeAtUs && timestampUs < *options_.resumeAtUs - marginUs;
}

Result<void> AudioStage::changeTrack(std::shared_ptr<const Track> track) {
  track_ = std::move(track);
  if (!track_ || options_.mode == AudioMode::kDrop) {
    track_.reset();
    for (const Output& output : outputs_)
      output.queue->push(TrackUpdate{false, nullptr}, options_.mayWaitUntil, stop_);
    return {};
  }
  if (!isComplete(*track_)) {
    // AAC in a transport stream needs no description ahead of its first frame, so such an output
    // can start at once.
    const bool willBeAac =
        options_.mode == AudioMode::kAac || track_->parameters->codec_id == AV_CODEC_ID_AAC;
    for (const Output& output : outputs_)
      if (willBeAac && output.container == Container::kMpegTs) {
        auto declared = std::make_shared<Track>();
        declared->parameters.reset(avcodec_parameters_alloc());
        declared->parameters->codec_type = AVMEDIA_TYPE_AUDIO;
        declared->parameters->codec_id = AV_CODEC_ID_AAC;
        output.queue->push(TrackUpdate{false, std::move(declared)}, options_.mayWaitUntil, stop_);
      }
    return {};
  }
  bool needsEncoder = false;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    copies_[i] = plan(options_.mode, outputs_[i].container, track_.get()) == "copy";
    needsEncoder = needsEncoder || !copies_[i];
  }
  declare(track_, false);
  if (!needsEncoder) return {};
  if (encoder_) return encoder_->changeSource(*track_);
  Result<std::unique_ptr<AudioEncoder>> opened = AudioEncoder::open(*track_);
  if (!opened) return opened.error();
  encoder_ = std::move(*opened);
  auto encoded = std::make_shared<Track>();
  encoded->parameters = encoder_->parameters();
  encoded->timeBase = kMicroseconds;
  declare(encoded, true);
  return {};
}

void AudioStage::declare(const std::shared_ptr<const Track>& track, bool encoded) {
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    if (copies_[i] != encoded)
      outputs_[i].queue->push(TrackUpdate{false, track}, options_.mayWaitUntil, stop_);
}

void AudioStage::distribute(const AVPacket& packet, Clock::time_point arrived, bool encoded) {
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    if (copies_[i] != encoded)
      outputs_[i].queue->push(MediaPacket{clone(packet), false, arrived}, options_.mayWaitUntil,
                              stop_);
}

Result<void> AudioStage::encode(const AVPacket* packet, Clock::time_point arrived) {
  if (!encoder_) return {};
  return encoder_->encode(packet, [&](PacketPtr&& encoded) {
    if (!isBefore(encoded->pts)) distribute(*encoded, arrived, true);
  });
}

}  // namespace millrace
