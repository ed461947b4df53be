#include "media/input/reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "media/input/open_source.h"
#include "media/url.h"
#include "media/url_redaction.h"

namespace millrace {
namespace {

constexpr int kVideoStream = 0;
constexpr int kAudioStream = 1;

std::shared_ptr<const Track> copyOf(const Track& track) {
  auto copy = std::make_shared<Track>();
  copy->parameters = clone(*track.parameters);
  copy->timeBase = track.timeBase;
  copy->wrapBits = track.wrapBits;
  copy->fps = track.fps;
  copy->orientation = track.orientation;
  return copy;
}

Error noMedia(const std::string& url) {
  return Error{.code = ErrorCode::kNoMedia,
               .stage = Stage::kSource,
               .message = "The source ended without any audio or video.",
               .url = redactUrl(url)};
}

Error isAnother(const std::string& url, std::int64_t missedByUs) {
  constexpr std::int64_t kSecondUs = 1'000'000;
  return Error{.code = ErrorCode::kNoMedia,
               .stage = Stage::kSource,
               .message = "The source ended " + std::to_string(missedByUs / kSecondUs) +
                          " s before the point to resume at: it is not the one that was read up "
                          "to there.",
               .url = redactUrl(url)};
}

}  // namespace

Reader::Reader(Options options, Events events, std::stop_token stop)
    : options_(std::move(options)),
      events_(std::move(events)),
      cancelled_(stop, [this] { finishing_.request_stop(); }),
      stop_(std::move(stop)),
      pace_(options_.input),
      timeline_(options_.resumeAtUs ? options_.resumeAtUs : options_.timestampBaseUs,
                options_.timestampBaseUs),
      resumePoint_(options_.resumeAtUs),
      lastTimestampUs_(AV_NOPTS_VALUE) {}

void Reader::start() {
  thread_.start(
      Stage::kSource, events_.onLog, [this] { return run(); },
      [this](std::optional<Error> failure) {
        // Every wait of the source was ended by `finish`: that is an end, not a failure.
        if (failure && failure->code == ErrorCode::kCancelled && !stop_.stop_requested())
          failure.reset();
        events_.onEnd(std::move(failure));
      });
}

std::optional<std::int64_t> Reader::lastTimestampUs() const {
  const std::int64_t last = lastTimestampUs_;
  return last == AV_NOPTS_VALUE ? std::nullopt : std::optional(last);
}

Result<void> Reader::run() {
  Result<std::unique_ptr<PacketSource>> source =
      openSource(options_.input, options_.policy, finishing_.get_token());
  if (!source) return source.error();
  firstByteAt_ = (*source)->firstByteAt();
  events_.onOpened(**source);
  if ((*source)->videoTrack() != nullptr) describe(**source, true);
  if ((*source)->audioTrack() != nullptr)
    describe(**source, false);
  else
    events_.onItem(TrackUpdate{false, nullptr});
  return readAll(**source);
}

Result<void> Reader::readAll(PacketSource& source) {
  for (;;) {
    const Clock::time_point asked = Clock::now();
    Result<std::optional<SourcePacket>> next = source.read();
    bytes_ = source.bytesRead();
    if (!next) return next.error();
    if (!*next && lastTimestampUs_ == AV_NOPTS_VALUE) return noMedia(options_.input.url);
    if (!*next) {
      if (const auto missedByUs = resumePoint_.missedByUs())
        return isAnother(options_.input.url, *missedByUs);
      if (source.truncated())
        events_.onWarning({"SOURCE_TRUNCATED",
                           "The source ended in the middle of a packet or a picture; what there is "
                           "of it has gone on."});
      return {};
    }
    SourcePacket& packet = **next;
    const Clock::time_point now = Clock::now();
    pace_.waited(now - asked);
    const bool setsPace = packet.video || source.videoTrack() == nullptr;
    const std::int64_t before = timeline_.corrections().discontinuities;
    if (!accept(source, std::move(packet))) return {};
    discontinuities_ = timeline_.corrections().discontinuities;
    // Bursts of audio between two pictures say nothing about pace, and neither does a new epoch.
    if (!setsPace || before != discontinuities_) continue;
    pace_.observe(lastTimestampUs_, now);
    if (const std::int64_t byUs = resumePoint_.observe(lastTimestampUs_, pace_.live(), now);
        byUs > 0)
      goOnAtResumePoint(byUs);
  }
}

void Reader::goOnAtResumePoint(std::int64_t byUs) {
  timeline_.moveForward(byUs);
  pace_.restart();
  discontinuities_ = timeline_.corrections().discontinuities;
  events_.onWarning({"SOURCE_RESTARTED",
                     "The source is live and yet far before the point to resume at: its clock was "
                     "set back. It goes on there as if nothing were missing."});
}

// False: the clip ends here.
bool Reader::accept(PacketSource& source, SourcePacket packet) {
  if (packet.restarted) timeline_.restart();
  if (packet.trackChanged) describe(source, packet.video);
  AVPacket& data = *packet.packet;
  const Track& track = packet.video ? *source.videoTrack() : *source.audioTrack();
  const TimelineStamp stamp =
      timeline_.map(packet.video ? kVideoStream : kAudioStream, data.pts, data.dts, data.duration);
  data.pts = stamp.ptsUs;
  data.dts = stamp.dtsUs;
  data.duration =
      data.duration > 0 ? av_rescale_q(data.duration, track.timeBase, kMicroseconds) : 0;
  lastTimestampUs_ = stamp.dtsUs;
  if (packet.video) ++accessUnits_;

  std::optional<std::int64_t>& first = packet.video ? firstVideoUs_ : firstAudioUs_;
  if (!first) first = stamp.ptsUs;
  if (options_.clipTo) {
    const std::int64_t endUs = options_.timestampBaseUs.value_or(firstVideoUs_.value_or(*first)) +
                               std::chrono::microseconds(*options_.clipTo).count();
    const bool decides = packet.video || source.videoTrack() == nullptr;
    if (decides && stamp.dtsUs >= endUs) return false;
    if (stamp.ptsUs >= endUs && !packet.video) return true;
  }
  events_.onItem(MediaPacket{std::move(packet.packet), packet.video, packet.arrived});
  return true;
}

void Reader::describe(const PacketSource& source, bool video) {
  const Track& track = video ? *source.videoTrack() : *source.audioTrack();
  StreamClock clock;
  clock.timeBase = track.timeBase;
  clock.wrapBits = track.wrapBits;
  clock.inOrder = !video;
  clock.intervalUs = video && track.fps > 0 ? std::llround(1e6 / track.fps) : 0;
  timeline_.describe(video ? kVideoStream : kAudioStream, clock);
  events_.onItem(TrackUpdate{video, copyOf(track)});
}

}  // namespace millrace
