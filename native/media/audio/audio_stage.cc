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
      forms_(outputs_.size(), AudioForm::kNone),
      baseUs_(options_.timestampBaseUs) {}

void AudioStage::start() {
  thread_.start(
      Stage::kEncode, events_.onLog, [this] { return run(); },
      [this](std::optional<Error> failure) {
        queue_.abandon();
        encoders_.clear();
        if (failure) {
          for (const Output& output : outputs_)
            output.queue->push(TrackUpdate{false, nullptr}, options_.mayWaitUntil, stop_);
          events_.onLost(std::move(*failure));
        }
        for (const Output& output : outputs_) output.queue->close();
      });
}

AudioForm AudioStage::formOf(AudioMode mode, Container container, const Track* track) {
  if (mode == AudioMode::kDrop || track == nullptr) return AudioForm::kNone;
  const bool undescribedAac = !isComplete(*track) && track->parameters->codec_id == AV_CODEC_ID_AAC;
  if (mode == AudioMode::kCopy && (undescribedAac || Muxer::carries(container, *track->parameters)))
    return AudioForm::kCopy;
  return mode == AudioMode::kOpus && Muxer::carriesOpus(container) ? AudioForm::kOpus
                                                                   : AudioForm::kAac;
}

std::string AudioStage::plan(AudioMode mode, Container container, const Track* track) {
  switch (formOf(mode, container, track)) {
    case AudioForm::kNone:
      return "none";
    case AudioForm::kCopy:
      return "copy";
    case AudioForm::kAac:
      return "aac";
    case AudioForm::kOpus:
      return "opus";
  }
  return "";
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
  if (!isBefore(pts)) distribute(*packet.packet, packet.arrived, AudioForm::kCopy);
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
    declareEarly();
    return {};
  }
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    forms_[i] = formOf(options_.mode, outputs_[i].container, track_.get());
  declare(track_, AudioForm::kCopy);
  for (const AudioForm form : {AudioForm::kAac, AudioForm::kOpus})
    if (Result<void> prepared = prepareEncoder(form); !prepared) return prepared;
  return {};
}

// AAC in a transport stream needs no description ahead of its first frame, so such an output can
// start at once.
void AudioStage::declareEarly() {
  const bool isAac = track_->parameters->codec_id == AV_CODEC_ID_AAC;
  for (const Output& output : outputs_) {
    const AudioForm form = formOf(options_.mode, output.container, track_.get());
    if (output.container != Container::kMpegTs) continue;
    if (form != AudioForm::kAac && !(form == AudioForm::kCopy && isAac)) continue;
    auto declared = std::make_shared<Track>();
    declared->parameters.reset(avcodec_parameters_alloc());
    declared->parameters->codec_type = AVMEDIA_TYPE_AUDIO;
    declared->parameters->codec_id = AV_CODEC_ID_AAC;
    output.queue->push(TrackUpdate{false, std::move(declared)}, options_.mayWaitUntil, stop_);
  }
}

Result<void> AudioStage::prepareEncoder(AudioForm form) {
  if (std::find(forms_.begin(), forms_.end(), form) == forms_.end()) return {};
  if (const auto known = encoders_.find(form); known != encoders_.end())
    return known->second->changeSource(*track_);
  Result<std::unique_ptr<AudioEncoder>> opened =
      AudioEncoder::open(*track_, form == AudioForm::kOpus ? AV_CODEC_ID_OPUS : AV_CODEC_ID_AAC);
  if (!opened) return opened.error();
  auto encoded = std::make_shared<Track>();
  encoded->parameters = (*opened)->parameters();
  encoded->timeBase = kMicroseconds;
  encoders_[form] = std::move(*opened);
  declare(encoded, form);
  return {};
}

void AudioStage::declare(const std::shared_ptr<const Track>& track, AudioForm form) {
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    if (forms_[i] == form)
      outputs_[i].queue->push(TrackUpdate{false, track}, options_.mayWaitUntil, stop_);
}

void AudioStage::distribute(const AVPacket& packet, Clock::time_point arrived, AudioForm form) {
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    if (forms_[i] == form)
      outputs_[i].queue->push(MediaPacket{clone(packet), false, arrived}, options_.mayWaitUntil,
                              stop_);
}

Result<void> AudioStage::encode(const AVPacket* packet, Clock::time_point arrived) {
  for (const auto& [form, encoder] : encoders_) {
    const auto hand = [&, form = form](PacketPtr&& encoded) {
      if (!isBefore(encoded->pts)) distribute(*encoded, arrived, form);
    };
    if (Result<void> done = encoder->encode(packet, hand); !done) return done;
  }
  return {};
}

}  // namespace millrace
