#include "media/compare/stretch_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "media/compare/luma_statistics.h"
#include "media/input/open_source.h"
#include "media/net/failure_site.h"

namespace millrace {
namespace {

constexpr int kVideoStream = 0;
// A copy's clock is rounded to milliseconds and may be off by a few more: a picture this much
// before either end of the stretch counts as behind it.
constexpr std::int64_t kSlackUs = 5'000;
// No picture is shown so much later than the access units that follow it arrive.
constexpr std::int64_t kLongestReorderUs = 2'000'000;
// What rounding in a decoder, but no eye, could tell apart.
constexpr double kStillDifference = 0.02;
constexpr double kMovingDifference = 1.0;
// Below this a picture is of one colour, save for the noise of its coding.
constexpr double kFlatDeviation = 2.0;
constexpr std::size_t kMostSizes = 16;

std::shared_ptr<const Track> copyOf(const Track& track) {
  auto copy = std::make_shared<Track>();
  copy->parameters = clone(*track.parameters);
  copy->timeBase = track.timeBase;
  copy->wrapBits = track.wrapBits;
  copy->fps = track.fps;
  copy->orientation = track.orientation;
  return copy;
}

bool hasPlainLuma(const AVFrame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  return format != nullptr && (format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) == 0 &&
         format->comp[0].depth == 8 && format->comp[0].step == 1;
}

}  // namespace

Result<std::unique_ptr<StretchReader>> StretchReader::open(const ComparedMedium& medium,
                                                           const AddressPolicy& policy,
                                                           std::stop_token stop) {
  Result<std::unique_ptr<PacketSource>> source = openSource(medium.input, policy, stop);
  if (!source) return source.error();
  return std::unique_ptr<StretchReader>(
      new StretchReader(medium, std::move(*source), std::move(stop)));
}

StretchReader::StretchReader(const ComparedMedium& medium, std::unique_ptr<PacketSource> source,
                             std::stop_token stop)
    : fromUs_(medium.fromUs),
      untilUs_(medium.untilUs),
      url_(medium.input.url),
      stop_(std::move(stop)),
      source_(std::move(source)),
      timeline_(medium.fromUs),
      start_(medium.fromUs + kSlackUs) {
  if (source_->videoTrack() != nullptr) describeTrack();
}

Result<std::optional<StretchReader::Picture>> StretchReader::next() {
  for (;;) {
    while (decoded_.empty()) {
      // Files and decoders do not wait, so nobody else would notice.
      if (stop_.stop_requested()) return FailureSite(Stage::kSource, url_).cancelled();
      if (!undecoded_.empty()) {
        const MediaPacket packet = std::move(undecoded_.front());
        undecoded_.pop_front();
        decode(packet.packet.get());
      } else if (!inputEnded_) {
        if (Result<void> read = readOn(); !read) return read.error();
      } else if (decoder_) {
        decode(nullptr);
        decoder_.reset();
      } else {
        return std::optional<Picture>();
      }
    }
    DecodedFrame picture = std::move(decoded_.front());
    decoded_.pop_front();
    if (picture.timestampUs >= untilUs_ - kSlackUs) {
      // Pictures come in the order they are shown: nothing behind this one is of the stretch.
      inputEnded_ = true;
      undecoded_.clear();
      decoder_.reset();
      decoded_.clear();
      continue;
    }
    if (!isInside(picture.timestampUs)) continue;
    if (Result<void> counted = count(picture); !counted) return counted.error();
    Orientation orientation = orientationOf(*picture.frame);
    if (orientation.isUpright() && track_) orientation = track_->orientation;
    return std::optional<Picture>(Picture{std::move(picture.frame), orientation,
                                          picture.timestampUs - fromUs_, picture.timestampUs});
  }
}

Result<void> StretchReader::readOn() {
  const Clock::time_point asked = Clock::now();
  Result<std::optional<SourcePacket>> packet = source_->read();
  if (!packet) return packet.error();
  if (!*packet) {
    inputEnded_ = true;
    for (MediaPacket& held : start_.finish()) undecoded_.push_back(std::move(held));
  } else if ((*packet)->video) {
    accept(std::move(**packet), Clock::now() - asked);
  }
  return {};
}

void StretchReader::describeTrack() {
  if (decoder_) {
    decode(nullptr);
    decoder_.reset();
  }
  start_.restart();
  track_ = copyOf(*source_->videoTrack());
  report_.codec = avcodec_get_name(track_->parameters->codec_id);
  StreamClock clock;
  clock.timeBase = track_->timeBase;
  clock.wrapBits = track_->wrapBits;
  clock.intervalUs = track_->fps > 0 ? std::llround(1e6 / track_->fps) : 0;
  timeline_.describe(kVideoStream, clock);
}

void StretchReader::accept(SourcePacket packet, Clock::duration waited) {
  if (packet.restarted) timeline_.restart();
  if (packet.trackChanged || !track_) describeTrack();
  AVPacket& data = *packet.packet;
  const TimelineStamp stamp = timeline_.map(kVideoStream, data.pts, data.dts, data.duration);
  data.pts = stamp.ptsUs;
  data.dts = stamp.dtsUs;
  data.duration = 0;
  if (isInside(stamp.ptsUs)) ++report_.accessUnits;
  inputEnded_ = stamp.dtsUs >= untilUs_ + kLongestReorderUs;
  DecodeStart::Step step =
      start_.accept(MediaPacket{std::move(packet.packet), true, packet.arrived}, waited);
  if (step.anew) decoder_.reset();
  for (MediaPacket& due : step.packets) undecoded_.push_back(std::move(due));
}

// What cannot be decoded shows in the report: fewer frames than access units.
void StretchReader::decode(const AVPacket* packet) {
  if (undecodable_) return;
  if (!decoder_) {
    Result<std::unique_ptr<Decoder>> opened = Decoder::open(*track_, Tune::kQuality, 1);
    if (!opened) {
      undecodable_ = opened.error();
      return;
    }
    decoder_ = std::move(*opened);
  }
  static_cast<void>(decoder_->decode(
      packet, {}, [this](DecodedFrame&& picture) { decoded_.push_back(std::move(picture)); }));
}

Result<void> StretchReader::count(const DecodedFrame& picture) {
  const AVFrame& frame = *picture.frame;
  ++report_.frames;
  report_.pixels += static_cast<std::int64_t>(frame.width) * frame.height;
  countSize(frame);
  if (!report_.firstTimestampUs) report_.firstTimestampUs = picture.timestampUs;
  report_.lastTimestampUs = picture.timestampUs;

  Result<FramePtr> plain = withPlainLuma(frame);
  if (!plain) return plain.error();
  if (lumaStatistics(lumaOf(**plain)).deviation < kFlatDeviation) ++report_.flatFrames;
  const bool comparable =
      before_ && before_->width == (*plain)->width && before_->height == (*plain)->height;
  if (comparable) {
    const double difference = lumaDifference(lumaOf(*before_), lumaOf(**plain));
    if (difference < kStillDifference) ++report_.stillFrames;
    if (difference >= kMovingDifference) ++report_.movingFrames;
  }
  before_ = std::move(*plain);
  return {};
}

// Whoever changes the size more often than that is told of the first ones.
void StretchReader::countSize(const AVFrame& frame) {
  auto known = std::find_if(report_.sizes.begin(), report_.sizes.end(),
                            [&frame](const PicturesOfSize& size) {
                              return size.width == frame.width && size.height == frame.height;
                            });
  if (known != report_.sizes.end())
    ++known->frames;
  else if (report_.sizes.size() < kMostSizes)
    report_.sizes.push_back({frame.width, frame.height, 1});
}

Result<FramePtr> StretchReader::withPlainLuma(const AVFrame& frame) {
  if (hasPlainLuma(frame)) return clone(frame);
  const bool sizeIsKnown =
      before_ && before_->width == frame.width && before_->height == frame.height;
  if (!toPlain_ || !sizeIsKnown) toPlain_.emplace(frame.width, frame.height);
  return toPlain_->scale(frame);
}

bool StretchReader::isInside(std::int64_t timestampUs) const {
  return timestampUs >= fromUs_ - kSlackUs && timestampUs < untilUs_ - kSlackUs;
}

}  // namespace millrace
