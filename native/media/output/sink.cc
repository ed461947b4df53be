#include "media/output/sink.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "media/net/open.h"
#include "media/output/adts_writer.h"

namespace millrace {
namespace {

constexpr std::int64_t kNone = AV_NOPTS_VALUE;
// How much of one track may wait for the other to show what it is, before the output starts without
// it.
constexpr std::int64_t kTrackGraceUs = 250'000;
// The same where nobody watches the clock: a stage that is late by seconds of media is only busy.
constexpr std::int64_t kPatientGraceUs = 5'000'000;
// Enough for one keyframe at an output that only just keeps up. A live source's other outputs are
// late by no more than this, and only once, however long this one is stuck.
constexpr std::chrono::milliseconds kPatience{500};
// Audio kept for a video that does not come; past this it is written as it is.
constexpr std::size_t kMostHeldAudio = 4'000;

std::int64_t spanOf(const std::deque<MediaPacket>& packets) {
  return packets.empty() ? 0 : packets.back().packet->dts - packets.front().packet->dts;
}

std::optional<std::int64_t> present(std::int64_t value) {
  return value == kNone ? std::nullopt : std::optional(value);
}

}  // namespace

Sink::Sink(Options options, Events events, std::stop_token stop)
    : options_(std::move(options)),
      events_(std::move(events)),
      stop_(std::move(stop)),
      queue_(PacketQueue::Limits{.patience = kPatience}, 2),
      firstTimestampUs_(kNone),
      lastTimestampUs_(kNone) {
  if (options_.essenceWindow)
    essence_ = std::make_unique<MediumEssence>(*options_.essenceWindow, events_.onEssence);
}

void Sink::start() {
  startedAt_ = Clock::now();
  thread_.start(
      Stage::kSink, events_.onLog, [this] { return run(); },
      [this](std::optional<Error> failure) {
        queue_.abandon();
        muxer_.reset();
        bytesOut_.reset();
        if (essence_) essence_->end();
        events_.onEnd(std::move(failure));
      });
}

std::optional<std::int64_t> Sink::firstTimestampUs() const { return present(firstTimestampUs_); }
std::optional<std::int64_t> Sink::lastTimestampUs() const { return present(lastTimestampUs_); }

Result<void> Sink::run() {
  Result<std::unique_ptr<ByteSink>> opened =
      openByteSink(options_.output, options_.policy, stop_, options_.taken);
  if (!opened) return opened.error();
  bytesOut_ = std::move(*opened);
  while (std::optional<MediaItem> item = queue_.pop(stop_))
    if (Result<void> accepted = accept(std::move(*item)); !accepted) return accepted;
  if (stop_.stop_requested())
    return Error{
        .code = ErrorCode::kCancelled, .stage = Stage::kSink, .message = "The job was cancelled."};
  return finish();
}

Result<void> Sink::accept(MediaItem item) {
  if (const auto* change = std::get_if<TrackUpdate>(&item)) {
    update(*change);
    return {};
  }
  if (const auto* ahead = std::get_if<KeyframeAhead>(&item)) {
    if (essence_ && heldVideo_.empty()) essence_->keyframeAhead(ahead->timestampUs);
    return {};
  }
  auto& packet = std::get<MediaPacket>(item);
  (packet.video ? heldVideo_ : heldAudio_).push_back(std::move(packet));
  if (!muxer_ || tracksChanged_) {
    if (!tracksDecided()) return {};
    if (Result<void> started = openMuxer(); !started) return started;
  }
  return writeDue(false);
}

void Sink::update(const TrackUpdate& update) {
  std::optional<std::shared_ptr<const Track>>& track = update.video ? video_ : audio_;
  // A reader of fragmented MP4 counts on the tracks of its first header.
  if (muxer_ && options_.container == Container::kFragmentedMp4) {
    const bool known = update.video ? muxer_->hasVideo() : muxer_->hasAudio();
    if (update.track && !known) events_.onTrackTooLate(update.video);
    if (!update.track || !known) return;
  }
  if (muxer_ && (track.value_or(nullptr) != nullptr || update.track != nullptr))
    tracksChanged_ = true;
  // A transport stream repeats its parameter sets in-band and its audio headers in every frame, so
  // as long as the codecs stay its tables do not change.
  if (muxer_ && options_.container == Container::kMpegTs && track && *track && update.track &&
      (*track)->parameters->codec_id == update.track->parameters->codec_id)
    tracksChanged_ = false;
  track = update.track;
  if (muxer_ && !tracksChanged_) describeEssence(update.video);
}

bool Sink::tracksDecided() const {
  if (video_ && audio_) return true;
  if (video_ && *video_)
    return spanOf(heldVideo_) >= (options_.interleave() ? kPatientGraceUs : kTrackGraceUs);
  // Video that comes but cannot be decoded: its audio must not pile up.
  return audio_ && *audio_ && heldAudio_.size() >= kMostHeldAudio;
}

Result<void> Sink::openMuxer() {
  OutputTracks tracks;
  if (video_ && *video_) tracks.video = clone(*(*video_)->parameters);
  if (audio_ && *audio_) tracks.audio = clone(*(*audio_)->parameters);
  if (tracks.audio && options_.container == Container::kMpegTs) prepareForAdts(*tracks.audio);
  if (muxer_) bytesOfClosedMuxers_ += muxer_->bytes();
  muxer_.reset();
  Result<std::unique_ptr<Muxer>> opened =
      Muxer::open(options_.container, tracks, *bytesOut_, headerSent_);
  if (!opened) return opened.error();
  muxer_ = std::move(*opened);
  tracksChanged_ = false;
  const bool isFirst = !std::exchange(headerSent_, true);
  describeEssence(true);
  describeEssence(false);
  countBytes();
  if (isFirst) holdStart();
  return {};
}

// What comes meanwhile waits in the queue, which has room for much more than the longest hold.
void Sink::holdStart() {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any wake;
  wake.wait_until(lock, stop_, startedAt_ + options_.output.holdStart, [] { return false; });
}

// A container may write nothing before its first packet.
void Sink::countBytes() {
  const bool isFirst = bytes_ == 0;
  bytes_ = bytesOfClosedMuxers_ + muxer_->bytes();
  if (isFirst && bytes_ > 0) events_.onFirstByte();
}

Result<void> Sink::writeDue(bool ending) {
  const bool interleave = !ending && muxer_->hasVideo() && options_.interleave();
  while (!heldVideo_.empty() || !heldAudio_.empty()) {
    const bool audioFirst =
        !heldAudio_.empty() &&
        (heldVideo_.empty() || heldAudio_.front().packet->dts <= heldVideo_.front().packet->dts);
    if (audioFirst && interleave && heldVideo_.empty() && heldAudio_.size() < kMostHeldAudio &&
        (!lastVideoDts_ || heldAudio_.front().packet->dts > *lastVideoDts_))
      return {};
    std::deque<MediaPacket>& next = audioFirst ? heldAudio_ : heldVideo_;
    MediaPacket packet = std::move(next.front());
    next.pop_front();
    if (packet.video ? !muxer_->hasVideo() : !muxer_->hasAudio()) continue;
    if (Result<void> written = write(std::move(packet)); !written) return written;
  }
  return {};
}

// What a peer is told of a track, as it is told.
void Sink::describeEssence(bool video) {
  if (!essence_) return;
  const std::optional<std::shared_ptr<const Track>>& track = video ? video_ : audio_;
  essence_->describe(video, track && *track ? (*track)->parameters.get() : nullptr);
}

Result<void> Sink::write(MediaPacket packet) {
  const std::int64_t pts = packet.packet->pts;
  const PacketPtr asEncoded = essence_ ? clone(*packet.packet) : nullptr;
  if (packet.video) lastVideoDts_ = packet.packet->dts;
  if (!packet.video && options_.container == Container::kMpegTs && *audio_)
    if (Result<void> framed = addAdtsHeader(*(*audio_)->parameters, *packet.packet); !framed)
      return framed;
  Result<void> written =
      packet.video ? muxer_->writeVideo(*packet.packet) : muxer_->writeAudio(*packet.packet);
  if (!written) return written;
  countBytes();
  const bool counted = packet.video || !muxer_->hasVideo();
  if (counted) {
    if (firstTimestampUs_ == kNone || pts < firstTimestampUs_) firstTimestampUs_ = pts;
    if (lastTimestampUs_ == kNone || pts > lastTimestampUs_) lastTimestampUs_ = pts;
  }
  if (packet.video) {
    ++framesOut_;
    latency_.record(Clock::now() - packet.arrived);
  }
  // Behind the write, so that no frame waits for it.
  if (asEncoded && !muxer_->skipped()) essence_->add(packet.video, *asEncoded);
  return {};
}

Result<void> Sink::finish() {
  if (!muxer_ || tracksChanged_) {
    const bool nothing = heldVideo_.empty() && heldAudio_.empty() && !muxer_;
    if (nothing && options_.mayBeEmpty()) return bytesOut_->finish();
    if (nothing)
      return Error{.code = ErrorCode::kNoMedia,
                   .stage = Stage::kSink,
                   .message = "The source ended before there was anything to send."};
    if (Result<void> started = openMuxer(); !started) return started;
  }
  if (Result<void> written = writeDue(true); !written) return written;
  if (Result<void> ended = muxer_->finish(); !ended) return ended;
  countBytes();
  return bytesOut_->finish();
}

}  // namespace millrace
