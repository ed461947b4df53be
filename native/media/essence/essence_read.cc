#include "media/essence/essence_read.h"

#include <utility>

#include "media/url_redaction.h"

namespace millrace {

EssenceRead::EssenceRead(Options options, OnEnd onEnd)
    : url_(redactUrl(options.input.url)),
      onEnd_(std::move(onEnd)),
      essence_([this](const EssenceUnit& unit) {
        if (collector_.add(unit) || isTooLong_) return;
        isTooLong_ = true;
        reader_.finish();
      }),
      reader_(
          Reader::Options{.input = std::move(options.input),
                          .policy = std::move(options.policy),
                          .clipTo = options.duration},
          Reader::Events{.onOpened = [](const PacketSource&) {},
                         .onItem = [this](MediaItem&& item) { accept(std::move(item)); },
                         .onEnd = [this](std::optional<Error> failure) { end(std::move(failure)); },
                         .onWarning = [](WarningEvent&&) {}},
          cancelled_.get_token()) {}

void EssenceRead::accept(MediaItem&& item) {
  if (const auto* packet = std::get_if<MediaPacket>(&item)) {
    essence_.add(packet->video, *packet->packet);
    return;
  }
  const auto& update = std::get<TrackUpdate>(item);
  essence_.describe(update.video, update.track ? update.track->parameters.get() : nullptr);
}

void EssenceRead::end(std::optional<Error> failure) {
  if (cancelled_.stop_requested() && !failure)
    failure = Error{.code = ErrorCode::kCancelled,
                    .stage = Stage::kSource,
                    .message = "Reading was cancelled."};
  if (isTooLong_ && !failure)
    failure = Error{.code = ErrorCode::kFormatInvalid,
                    .stage = Stage::kSource,
                    .message =
                        "The source has more access units than can be kept; read a part of "
                        "it, with durationMs.",
                    .url = url_};
  if (failure)
    onEnd_(std::move(*failure));
  else
    onEnd_(collector_.take());
}

}  // namespace millrace
