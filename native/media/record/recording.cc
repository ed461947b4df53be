#include "media/record/recording.h"

#include <utility>
#include <variant>

#include "media/url_redaction.h"

namespace millrace {
namespace {

OutputOptions fileAt(std::string path) {
  OutputOptions output;
  output.url = std::move(path);
  return output;
}

bool carries(const AVCodecParameters& parameters) {
  switch (parameters.codec_id) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_AV1:
    // What is missing of its description comes with its first frame.
    case AV_CODEC_ID_AAC:
      return true;
    default:
      return parameters.codec_type == AVMEDIA_TYPE_AUDIO &&
             Muxer::carries(Container::kMpegTs, parameters);
  }
}

}  // namespace

Recording::Recording(Options options, OnEnd onEnd)
    : url_(redactUrl(options.input.url)),
      onEnd_(std::move(onEnd)),
      sink_(Sink::Options{.output = fileAt(std::move(options.path)),
                          .container = Container::kMpegTs,
                          .taken = {options.input.url},
                          .interleave = [] { return false; },
                          .mayBeEmpty = [] { return false; }},
            Sink::Events{
                .onFirstByte = [] {},
                .onEnd = [this](std::optional<Error> failure) { sinkEnded(std::move(failure)); },
                .onTrackTooLate = [](bool) {}},
            cancelled_.get_token()),
      reader_(
          Reader::Options{.input = std::move(options.input),
                          .policy = std::move(options.policy),
                          .clipTo = options.duration},
          Reader::Events{
              .onOpened = [](const PacketSource&) {},
              .onItem = [this](MediaItem&& item) { accept(std::move(item)); },
              .onEnd = [this](std::optional<Error> failure) { readerEnded(std::move(failure)); },
              .onWarning = [](WarningEvent&&) {}},
          cancelled_.get_token()) {}

void Recording::start() {
  sink_.start();
  try {
    reader_.start();
  } catch (...) {
    // The sink's end is not the recording's: nobody is told of one that did not start.
    const std::lock_guard lock(mutex_);
    onEnd_ = [](std::optional<Error>) {};
    readerHasEnded_ = true;
    cancel();
    throw;
  }
}

void Recording::accept(MediaItem&& item) {
  if (auto* update = std::get_if<TrackUpdate>(&item)) {
    if (std::optional<Error> refused = refuse(*update)) {
      {
        const std::lock_guard lock(mutex_);
        if (!sourceFailure_) sourceFailure_ = std::move(refused);
      }
      reader_.finish();
      return;
    }
    // Told again, whole, before the first frame.
    const bool isWhole = !update->track || update->video ||
                         update->track->parameters->codec_id != AV_CODEC_ID_AAC ||
                         update->track->parameters->extradata_size > 0;
    if (!isWhole) return;
  }
  // Whoever reads a recording wants all of it: what comes in the meantime waits with the server.
  sink_.queue().push(std::move(item), waitForEver, cancelled_.get_token());
}

std::optional<Error> Recording::refuse(const TrackUpdate& update) const {
  if (!update.track || carries(*update.track->parameters)) return std::nullopt;
  return Error{.code = ErrorCode::kCodecUnsupported,
               .stage = Stage::kMux,
               .message = std::string("A recording cannot hold ") +
                          avcodec_get_name(update.track->parameters->codec_id) +
                          "; it holds H.264, HEVC, AV1 and the sound that MPEG-TS has.",
               .url = url_};
}

void Recording::readerEnded(std::optional<Error> failure) {
  // One for each of the sink's producers.
  sink_.queue().close();
  sink_.queue().close();
  std::unique_lock lock(mutex_);
  readerHasEnded_ = true;
  if (!sourceFailure_) sourceFailure_ = std::move(failure);
  end(std::move(lock));
}

void Recording::sinkEnded(std::optional<Error> failure) {
  std::unique_lock lock(mutex_);
  sinkHasEnded_ = true;
  // It is gone as soon as it has ended and the owner wants.
  if (!readerHasEnded_) reader_.finish();
  sinkFailure_ = std::move(failure);
  end(std::move(lock));
}

void Recording::end(std::unique_lock<std::mutex> lock) {
  if (!readerHasEnded_ || !sinkHasEnded_) return;
  // Without a source there is nothing to write, which is no failure of its own.
  std::optional<Error> failure =
      sourceFailure_ ? std::move(sourceFailure_) : std::move(sinkFailure_);
  if (cancelled_.stop_requested() && !failure)
    failure = Error{.code = ErrorCode::kCancelled,
                    .stage = Stage::kSource,
                    .message = "Recording was cancelled."};
  OnEnd onEnd = std::move(onEnd_);
  lock.unlock();
  onEnd(std::move(failure));
}

}  // namespace millrace
