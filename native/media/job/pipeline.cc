#include "media/job/pipeline.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <variant>

#include "media/device/nvidia_driver.h"
#include "media/job/card_choice.h"
#include "media/job/encoder_threads.h"
#include "media/job/output_container.h"
#include "media/url_redaction.h"

namespace millrace {
namespace {

// Audio alone for this long, and the outputs start without waiting for a picture.
constexpr std::int64_t kVideoGraceUs = 3'000'000;
// Sound that goes on for less than this behind the last picture makes no rendition of its own.
constexpr std::int64_t kSoundTailUs = 250'000;

Error cancelledError() {
  return Error{
      .code = ErrorCode::kCancelled, .stage = Stage::kJob, .message = "The job was cancelled."};
}

Error outOfThreads(const std::system_error& reason) {
  return Error{.code = ErrorCode::kInternal,
               .stage = Stage::kJob,
               .message = "A stage of the job ran out of resources.",
               .cause = reason.what()};
}

}  // namespace

Job::Pipeline::Pipeline(JobOptions options, Listener listener)
    : options_(std::move(options)),
      listener_(std::move(listener)),
      timestampBaseUs_(options_.timestampBaseUs) {
  if (options_.accel.kind == AccelKind::kAuto && !hasNvidiaDriver())
    options_.accel.kind = AccelKind::kNone;
  build();
}

Job::Pipeline::~Pipeline() {
  cancel();
  if (supervisor_.joinable()) supervisor_.join();
}

void Job::Pipeline::build() {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const std::vector<int> threads = encoderThreads(options_.tune, options_.renditions, cores);
  std::vector<std::string> taken{options_.input.url};
  for (std::size_t i = 0; i < threads.size(); ++i) {
    buildRendition(options_.renditions[i], threads[i], taken);
    taken.push_back(options_.renditions[i].output.url);
  }

  std::vector<Rung*> rungs;
  std::vector<AudioStage::Output> outputs;
  for (const auto& rendition : renditions_) {
    rungs.push_back(rendition->rung.get());
    outputs.push_back({&rendition->sink->queue(), rendition->sink->container()});
  }
  decodeStage_ = std::make_unique<DecodeStage>(
      DecodeStage::Options{options_.tune, options_.clipFrom, options_.clipTo,
                           options_.timestampBaseUs, options_.resumeAtUs},
      DecodeStage::Events{[this](const DecodeStage::FirstPicture& first) {
                            const std::lock_guard lock(mutex_);
                            source_.width = first.width;
                            source_.height = first.height;
                            source_.pixelFormat = first.pixelFormat;
                            if (first.fps > 0) source_.fps = first.fps;
                            timestampBaseUs_ = first.timestampBaseUs;
                          },
                          [this](Error error) {
                            for (const auto& rendition : renditions_)
                              onRenditionFailed(*rendition, error);
                          },
                          [this](WarningEvent&& warning) { emit(std::move(warning)); },
                          logListener()},
      rungs, cancelled_.get_token());
  audioStage_ = std::make_unique<AudioStage>(
      AudioStage::Options{options_.audio, options_.clipFrom, options_.timestampBaseUs,
                          options_.resumeAtUs, waitLimit()},
      AudioStage::Events{[this](const Error& error) {
                           emit(WarningEvent{"AUDIO_LOST", error.message + " " + error.cause});
                         },
                         logListener()},
      std::move(outputs), cancelled_.get_token());
  if (options_.essenceWindow)
    essence_ =
        std::make_unique<MediumEssence>(*options_.essenceWindow, [this](EssenceWindow&& window) {
          emit(EssenceEvent{{}, std::move(window)});
        });
  reader_ = std::make_unique<Reader>(
      Reader::Options{options_.input, options_.addressPolicy, options_.clipTo,
                      options_.timestampBaseUs, options_.resumeAtUs},
      Reader::Events{[this](const PacketSource& source) { startStages(source); },
                     [this](MediaItem&& item) { onItem(std::move(item)); },
                     [this](std::optional<Error> failure) { onReaderEnd(std::move(failure)); },
                     [this](WarningEvent&& warning) { emit(std::move(warning)); }, logListener()},
      cancelled_.get_token());
}

void Job::Pipeline::buildRendition(const RenditionOptions& options, int encoderThreads,
                                   std::vector<std::string> taken) {
  auto owned = std::make_unique<Rendition>();
  Rendition& rendition = *owned;
  rendition.name = options.name;
  const Container container = containerOf(options.output);
  rendition.plan.name = options.name;
  rendition.plan.container = Muxer::formatName(container);
  rendition.sink = std::make_unique<Sink>(
      Sink::Options{options.output, container, options_.addressPolicy, std::move(taken),
                    [this] { return options_.tune == Tune::kQuality || !reader_->live(); },
                    [this] { return options_.resumeAtUs && !hasNews_; }, options_.essenceWindow},
      Sink::Events{[this, &rendition] { onFirstByte(rendition); },
                   [this, &rendition](std::optional<Error> failure) {
                     onSinkEnd(rendition, std::move(failure));
                   },
                   [this, &rendition](bool video) { onTrackTooLate(rendition, video); },
                   [this, &rendition](EssenceWindow&& window) {
                     emit(EssenceEvent{rendition.name, std::move(window)});
                   },
                   logListener()},
      rendition.brokenOff.get_token());
  rendition.rung = std::make_unique<Rung>(
      Rung::Options{options, options_.tune, options_.accel, encoderThreads,
                    Muxer::wantsGlobalHeader(container, options.codec), waitLimit(),
                    options_.earlyKeyframes},
      Rung::Events{
          [this, &rendition](const Encoder& encoder, const PictureSize& size,
                             const StagePlaces& places) {
            onEncoder(rendition, encoder, size, places);
          },
          [this, &rendition](Error error) { onRenditionFailed(rendition, std::move(error)); },
          [this](WarningEvent&& warning) { emit(std::move(warning)); }, logListener()},
      rendition.sink->queue(), rendition.brokenOff.get_token());
  renditions_.push_back(std::move(owned));
}

void Job::Pipeline::start() {
  startedAt_ = lastProgressAt_ = Clock::now();
  supervisor_ = std::jthread([this] { supervise(); });
}

void Job::Pipeline::stop() { reader_->finish(); }

void Job::Pipeline::cancel() {
  cancelAsked_ = true;
  // Outputs first: one that saw its source end before would finish as if that were all.
  for (const auto& rendition : renditions_) rendition->brokenOff.request_stop();
  cancelled_.request_stop();
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Job::Pipeline::supervise() {
  try {
    reader_->start();
  } catch (const std::system_error& failure) {
    onReaderEnd(outOfThreads(failure));
  }
  openCard();
  std::unique_lock lock(mutex_);
  while (!isOver()) {
    const auto due = lastProgressAt_ + options_.progressInterval;
    if (changed_.wait_until(lock, due, [this] { return isOver(); })) break;
    lock.unlock();
    reportTrouble();
    reportProgress();
    lock.lock();
  }
  lock.unlock();
  join();
  reportTrouble();
  finish();
}

// Everything that could still say something has said it: the reader, and every sink that was
// started.
bool Job::Pipeline::isOver() const {
  if (!readerEnded_) return false;
  return std::all_of(renditions_.begin(), renditions_.end(), [](const auto& rendition) {
    return rendition->sinkEnded || !rendition->sinkStarted;
  });
}

// Making a card's context takes as long as connecting to a source.
void Job::Pipeline::openCard() {
  const LogScope scope(logListener());
  cardOpened_.set_value(firstCardThatOpens(options_.accel));
}

// False: there is none, and the job insists on one.
bool Job::Pipeline::useCard() {
  Result<std::shared_ptr<CudaDevice>> opened = cardOpened_.get_future().get();
  if (!opened && options_.accel.kind == AccelKind::kNvidia) {
    for (const auto& rendition : renditions_) onRenditionFailed(*rendition, opened.error());
    return false;
  }
  if (!opened) {
    emit(LogEvent{LogLevel::kWarning, "millrace",
                  opened.error().message + " " + opened.error().cause});
    return true;
  }
  card_ = std::move(*opened);
  decodeStage_->useCard(card_);
  for (const auto& rendition : renditions_) rendition->rung->useCard(card_);
  return true;
}

// Outputs are connected while the first picture is on its way, and never before there is a source;
// where a job resumes, not before the source has come to what they lack.
void Job::Pipeline::startStages(const PacketSource& source) {
  if (!useCard()) return;
  {
    const std::lock_guard lock(mutex_);
    source_.container = source.container();
    for (const auto& rendition : renditions_)
      rendition->plan.audio =
          AudioStage::plan(options_.audio, rendition->sink->container(), source.audioTrack());
  }
  try {
    if (!options_.resumeAtUs || reader_->live()) startSinks();
    for (const auto& rendition : renditions_) rendition->rung->start();
    decodeStage_->start();
    audioStage_->start();
  } catch (const std::system_error& failure) {
    failOutOfThreads(failure);
    throw;
  }
  stagesStarted_ = true;
}

void Job::Pipeline::startSinks() {
  sinksStarted_ = true;
  for (const auto& rendition : renditions_) {
    rendition->sink->start();
    const std::lock_guard lock(mutex_);
    rendition->sinkStarted = true;
  }
}

// A sink and a rung of which only one was started would wait for each other for ever.
void Job::Pipeline::failOutOfThreads(const std::system_error& reason) {
  for (const auto& rendition : renditions_) onRenditionFailed(*rendition, outOfThreads(reason));
}

// An output that has everything would take the nothing that comes for a stream of its own.
void Job::Pipeline::noteProgress(const MediaPacket& packet) {
  const std::int64_t marginUs = packet.video || !videoSeen_ ? 0 : kSoundTailUs;
  if (!options_.resumeAtUs || packet.packet->pts >= *options_.resumeAtUs + marginUs)
    hasNews_ = true;
  if (sinksStarted_ || !(hasNews_ || reader_->live())) return;
  try {
    startSinks();
  } catch (const std::system_error& failure) {
    failOutOfThreads(failure);
    throw;
  }
}

void Job::Pipeline::onItem(MediaItem&& item) {
  const auto* packet = std::get_if<MediaPacket>(&item);
  const auto* update = std::get_if<TrackUpdate>(&item);
  const bool video = std::visit([](const auto& either) { return either.video; }, item);
  if (update != nullptr && update->track) describe(*update->track, video);
  if (packet != nullptr && video) videoSeen_ = true;
  if (packet != nullptr && !(sinksStarted_ && hasNews_)) noteProgress(*packet);
  if (packet != nullptr && !video && !videoSeen_ && !videoGivenUp_) {
    if (!audioWithoutVideoSinceUs_) {
      audioWithoutVideoSinceUs_ = packet->packet->dts;
      const std::lock_guard lock(mutex_);
      if (!timestampBaseUs_) timestampBaseUs_ = packet->packet->pts;
    }
    if (packet->packet->dts - *audioWithoutVideoSinceUs_ > kVideoGraceUs) {
      videoGivenUp_ = true;
      for (const auto& rendition : renditions_)
        rendition->sink->queue().push(TrackUpdate{true, nullptr}, waitLimit(),
                                      cancelled_.get_token());
      emit(WarningEvent{"NO_VIDEO",
                        "The source has sent audio for three seconds and no video yet; the outputs "
                        "start with audio alone."});
    }
  }
  const PacketPtr hashed = essence_ ? describeEssence(item) : nullptr;
  PacketQueue& queue = video ? decodeStage_->queue() : audioStage_->queue();
  queue.push(std::move(item), waitLimit(), cancelled_.get_token());
  // While the packet is being decoded already, so that no frame waits for it.
  if (hashed) essence_->add(video, *hashed);
}

// A second reference to what is to be hashed once the item is on its way.
PacketPtr Job::Pipeline::describeEssence(const MediaItem& item) {
  if (const auto* packet = std::get_if<MediaPacket>(&item)) return clone(*packet->packet);
  const auto& update = std::get<TrackUpdate>(item);
  essence_->describe(update.video, update.track ? update.track->parameters.get() : nullptr);
  return nullptr;
}

void Job::Pipeline::describe(const Track& track, bool video) {
  const AVCodecParameters& parameters = *track.parameters;
  const std::lock_guard lock(mutex_);
  if (video) {
    source_.videoCodec = avcodec_get_name(parameters.codec_id);
    if (track.fps > 0) source_.fps = track.fps;
    return;
  }
  source_.audioCodec = avcodec_get_name(parameters.codec_id);
  source_.audioSampleRate = parameters.sample_rate;
  source_.audioChannels = parameters.ch_layout.nb_channels;
  for (const auto& rendition : renditions_)
    rendition->plan.audio = AudioStage::plan(options_.audio, rendition->sink->container(), &track);
}

void Job::Pipeline::onReaderEnd(std::optional<Error> failure) {
  decodeStage_->queue().close();
  audioStage_->queue().close();
  if (essence_) essence_->end();
  const std::lock_guard lock(mutex_);
  sourceFailure_ = std::move(failure);
  readerEnded_ = true;
  changed_.notify_all();
}

void Job::Pipeline::onEncoder(Rendition& rendition, const Encoder& encoder, const PictureSize& size,
                              const StagePlaces& places) {
  const std::lock_guard lock(mutex_);
  rendition.plan.width = size.width;
  rendition.plan.height = size.height;
  rendition.plan.decode = places.decode;
  rendition.plan.scale = places.scale;
  rendition.plan.encode = places.encode;
  rendition.plan.encoder = encoder.name();
  rendition.encoderKnown = true;
  announceIfKnown();
}

void Job::Pipeline::onRenditionFailed(Rendition& rendition, Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (rendition.state == State::kFailed || rendition.state == State::kFinished) return;
    rendition.state = State::kFailed;
    rendition.failure = error;
    std::erase_if(startedBeforeAnnounced_,
                  [&](const auto& started) { return started.name == rendition.name; });
    if (error.code != ErrorCode::kCancelled)
      emit(RenditionFailedEvent{rendition.name, std::move(error)});
    announceIfKnown();
    const bool allFailed =
        std::all_of(renditions_.begin(), renditions_.end(),
                    [](const auto& other) { return other->state == State::kFailed; });
    if (allFailed) reader_->finish();
  }
  // Its peer must not take for whole what is not. Only now, so that the reason stays the first one.
  rendition.brokenOff.request_stop();
}

void Job::Pipeline::onSinkEnd(Rendition& rendition, std::optional<Error> failure) {
  if (failure) onRenditionFailed(rendition, std::move(*failure));
  const std::lock_guard lock(mutex_);
  if (rendition.state != State::kFailed) {
    rendition.state = State::kFinished;
    emit(RenditionFinishedEvent{rendition.name});
  }
  rendition.sinkEnded = true;
  changed_.notify_all();
}

void Job::Pipeline::onFirstByte(Rendition& rendition) {
  const std::lock_guard lock(mutex_);
  if (rendition.state == State::kFailed) return;
  rendition.state = State::kRunning;
  RenditionStartedEvent event{rendition.name,
                              millisecondsBetween(reader_->firstByteAt(), Clock::now())};
  // An output without a picture shows that none of them will have one.
  if (!announced_ && !rendition.encoderKnown) announce();
  if (announced_)
    emit(std::move(event));
  else
    startedBeforeAnnounced_.push_back(std::move(event));
}

void Job::Pipeline::onTrackTooLate(const Rendition& rendition, bool video) {
  emit(WarningEvent{"TRACK_TOO_LATE",
                    "Rendition " + rendition.name + " goes without the source's " +
                        (video ? "video" : "audio") +
                        ", which came when the header of its fragmented MP4 had been sent."});
}

void Job::Pipeline::announceIfKnown() {
  if (announced_) return;
  bool anyLeft = false;
  for (const auto& rendition : renditions_) {
    if (rendition->state == State::kFailed) continue;
    if (!rendition->encoderKnown) return;
    anyLeft = true;
  }
  if (anyLeft) announce();
}

void Job::Pipeline::announce() {
  announced_ = true;
  StartedEvent event;
  for (const auto& rendition : renditions_)
    if (rendition->state != State::kFailed) event.renditions.push_back(rendition->plan);
  event.source = describedSource();
  event.timestampBaseUs = timestampBaseUs_.value_or(0);
  emit(std::move(event));
  for (RenditionStartedEvent& early : startedBeforeAnnounced_) emit(std::move(early));
  startedBeforeAnnounced_.clear();
}

SourceInfo Job::Pipeline::describedSource() const {
  SourceInfo source = source_;
  source.live = reader_->live();
  return source;
}

// Stages in the order of the data: each one's peers are alive while it ends.
void Job::Pipeline::join() {
  reader_->join();
  decodeStage_->join();
  audioStage_->join();
  for (const auto& rendition : renditions_) {
    rendition->rung->join();
    rendition->sink->join();
  }
}

// Renditions of which nothing was left to deliver, so that their outputs were not opened.
void Job::Pipeline::finishUnsaid() {
  const std::lock_guard lock(mutex_);
  for (const auto& rendition : renditions_) {
    if (rendition->state == State::kFailed) continue;
    rendition->state = State::kFinished;
    emit(RenditionFinishedEvent{rendition->name});
  }
}

void Job::Pipeline::finish() {
  const bool anythingRead = stagesStarted_ && (sinksStarted_ || reader_->lastTimestampUs());
  if (anythingRead && !sinksStarted_ && !cancelAsked_ && !sourceFailure_) finishUnsaid();
  EndedEvent ended;
  ended.result = measure(true);
  if (announced_) {
    ended.source = describedSource();
    ended.timestampBaseUs = timestampBaseUs_.value_or(0);
  }
  for (const auto& rendition : renditions_)
    if (rendition->failure)
      ended.failures.push_back(RenditionFailedEvent{rendition->name, *rendition->failure});
  const bool noneLeft = ended.failures.size() == renditions_.size();
  if (cancelAsked_)
    ended.error = cancelledError();
  else if (sourceFailure_)
    ended.error = sourceFailure_;
  else if (noneLeft && !ended.failures.empty())
    ended.error = ended.failures.front().error;
  else if (!anythingRead)
    ended.error = Error{.code = ErrorCode::kNoMedia,
                        .stage = Stage::kSource,
                        .message = "The job was stopped before anything was read from its source.",
                        .url = redactUrl(options_.input.url)};
  else if (hasNews_ && decodeStage_->frames() == 0)
    emit(WarningEvent{"NO_VIDEO", "The source ended without a single picture."});
  emit(std::move(ended));
}

WaitLimit Job::Pipeline::waitLimit() {
  return [this](std::optional<std::int64_t> timestampUs) {
    return reader_->mayWaitUntil(timestampUs);
  };
}

void Job::Pipeline::emit(JobEvent&& event) {
  const std::lock_guard lock(listenerMutex_);
  listener_(std::move(event));
}

LogScope::Listener Job::Pipeline::logListener() {
  return {[this](LogEvent&& event) { emit(std::move(event)); }, options_.logLevel};
}

}  // namespace millrace
