#include "media/input/timeline.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

extern "C" {
#include <libavutil/avutil.h>
#include <libavutil/mathematics.h>
}

namespace millrace {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kMaxForwardUs = 10 * kSecondUs;
constexpr std::int64_t kMaxBackwardUs = kSecondUs;
/// How far apart in a source the packets of one moment may lie: fragmented MP4 read front to back
/// has all video of a fragment before its audio.
constexpr std::int64_t kMaxInterleaveUs = 60 * kSecondUs;
constexpr std::int64_t kMaxReorderUs = 60 * kSecondUs;
constexpr std::int64_t kDefaultStepUs = kSecondUs / 30;
/// 142 years. Everything the source says is kept within it, so that sums cannot overflow.
constexpr std::int64_t kMaxUs = std::int64_t{1} << 52;
constexpr std::int64_t kFinestTicksPerSecond = 1'000'000'000;
constexpr int kMaxWrapBits = 60;
constexpr int kMaxStreams = 1024;
constexpr AVRational kMicroseconds{1, 1'000'000};

std::int64_t toUs(std::int64_t ticks, const StreamClock& clock) {
  return av_rescale_q_rnd(ticks, clock.timeBase, kMicroseconds, AV_ROUND_NEAR_INF);
}

std::int64_t toTicks(std::int64_t us, const StreamClock& clock) {
  return av_rescale_q_rnd(us, kMicroseconds, clock.timeBase, AV_ROUND_NEAR_INF);
}

bool isSane(std::int64_t ticks, const StreamClock& clock) {
  constexpr std::int64_t kMaxTicks = std::int64_t{1} << 62;
  if (ticks > kMaxTicks || ticks < -kMaxTicks) return false;
  const std::int64_t us = toUs(ticks, clock);
  return us <= kMaxUs && us >= -kMaxUs;
}

bool wraps(const StreamClock& clock) { return clock.wrapBits > 0 && clock.wrapBits < kMaxWrapBits; }

std::int64_t period(const StreamClock& clock) { return std::int64_t{1} << clock.wrapBits; }

/// The value closest to `near` that is `raw` modulo the clock's wrap.
std::int64_t unroll(std::int64_t raw, std::int64_t near, const StreamClock& clock) {
  if (!wraps(clock)) return raw;
  std::int64_t distance = (raw - near) & (period(clock) - 1);
  if (distance >= period(clock) / 2) distance -= period(clock);
  const std::int64_t unrolled = near + distance;
  return isSane(unrolled, clock) ? unrolled : raw;
}

bool isWithin(std::int64_t value, std::int64_t backward, std::int64_t forward) {
  return value >= -backward && value <= forward;
}

}  // namespace

void Timeline::describe(int stream, const StreamClock& clock) {
  Stream& described = streamAt(stream);
  described.clock = clock;
  AVRational& base = described.clock.timeBase;
  if (base.num <= 0 || base.den <= 0 || base.den / base.num > kFinestTicksPerSecond) {
    base = kMicroseconds;
  }
  if (wraps(described.clock) && !isSane(period(described.clock), described.clock)) {
    described.clock.wrapBits = 0;
  }
  described.clock.intervalUs = std::clamp<std::int64_t>(clock.intervalUs, 0, kMaxForwardUs);
}

TimelineStamp Timeline::map(int stream, std::int64_t pts, std::int64_t dts, std::int64_t duration) {
  Stream& mapped = streamAt(stream);
  if (duration > 0 && isSane(duration, mapped.clock)) {
    const std::int64_t durationUs = toUs(duration, mapped.clock);
    if (durationUs > 0 && durationUs <= kMaxForwardUs) mapped.stepUs = durationUs;
  }
  auto source = read(mapped, pts, dts);
  if (!source) return extrapolate(mapped);
  const std::optional<std::int64_t> before = mapped.sourceUs;
  const bool discontinuity = enterEpoch(mapped, *source);
  const std::int64_t sourceUs = toUs(source->clock, mapped.clock);
  const bool stepShows = before && !discontinuity && duration <= 0 && source->dtsKnown;
  if (stepShows && sourceUs > *before && sourceUs - *before <= kSecondUs) {
    mapped.stepUs = sourceUs - *before;
  }
  mapped.sourceUs = sourceUs;
  if (mapped.epoch == current_.number) current_.latestUs = std::max(current_.latestUs, sourceUs);
  return place(mapped, *source, discontinuity);
}

void Timeline::restart() {
  current_.open = false;
  for (Stream& stream : streams_) stream.sourceUs.reset();
}

void Timeline::moveForward(std::int64_t byUs) {
  current_.offsetUs += byUs;
  for (Stream& stream : streams_) {
    stream.offsetUs += byUs;
    if (stream.dtsUs) *stream.dtsUs += byUs;
    stream.ptsUs += byUs;
    stream.endUs += byUs;
  }
  ++corrections_.discontinuities;
}

Timeline::Stream& Timeline::streamAt(int stream) {
  const auto index = static_cast<std::size_t>(std::clamp(stream, 0, kMaxStreams - 1));
  if (index >= streams_.size()) streams_.resize(index + 1);
  return streams_[index];
}

/// What the packet says, nothing when it says nothing sane.
std::optional<Timeline::Source> Timeline::read(const Stream& stream, std::int64_t pts,
                                               std::int64_t dts) {
  const StreamClock& clock = stream.clock;
  const bool hasPts = pts != AV_NOPTS_VALUE && isSane(pts, clock);
  const bool hasDts = dts != AV_NOPTS_VALUE && isSane(dts, clock);
  if (!hasPts && !hasDts) return std::nullopt;
  if (clock.inOrder) {
    const std::int64_t both = hasPts ? pts : dts;
    return Source{.clock = both, .shown = both, .dtsKnown = true};
  }
  if (!hasDts) return Source{.clock = pts, .shown = pts, .dtsKnown = false};
  if (!hasPts) return Source{.clock = dts, .shown = dts, .dtsKnown = true};
  const std::int64_t shown = unroll(pts, dts, clock);
  const std::int64_t distanceUs = toUs(shown, clock) - toUs(dts, clock);
  if (!isWithin(distanceUs, kMaxReorderUs, kMaxReorderUs)) {
    ++corrections_.clamped;
    return Source{.clock = dts, .shown = dts, .dtsKnown = true};
  }
  return Source{.clock = dts, .shown = shown, .dtsKnown = true};
}

TimelineStamp Timeline::extrapolate(Stream& stream) {
  ++corrections_.extrapolated;
  const std::int64_t stepUs = stepOf(stream);
  TimelineStamp stamp;
  if (stream.dtsUs) {
    stamp.dtsUs = *stream.dtsUs + stepUs;
    stamp.ptsUs = stream.ptsUs + stepUs;
    if (stream.sourceUs) *stream.sourceUs = std::min(*stream.sourceUs + stepUs, kMaxUs);
  } else if (current_.open) {
    stamp.ptsUs = stamp.dtsUs = current_.latestUs + current_.offsetUs;
  }
  stream.dtsUs = stamp.dtsUs;
  stream.ptsUs = stamp.ptsUs;
  stream.endUs = std::max(stream.endUs, stamp.ptsUs + stepUs);
  return stamp;
}

/// Decides which epoch the packet belongs to and unrolls its timestamps accordingly. True when the
/// stream crosses a discontinuity with it.
bool Timeline::enterEpoch(Stream& stream, Source& source) {
  const std::int64_t raw = source.clock;
  const auto setClock = [&](std::int64_t ticks) {
    source.shown = ticks + (source.shown - source.clock);
    source.clock = ticks;
  };
  if (const auto stays = stayInEpoch(stream, raw)) {
    setClock(*stays);
    return false;
  }
  if (const auto joins = joinCurrent(stream, raw)) {
    setClock(*joins);
    stream.epoch = current_.number;
    return stream.dtsUs.has_value();
  }
  const bool first = current_.number == 0;
  if (first && nearUs_) {
    setClock(readFirst(raw, stream.clock));
  } else if (first && source.shown < 0 && wraps(stream.clock)) {
    // libavformat counts backwards from a wrap that comes within a minute; no container can.
    setClock(raw + period(stream.clock));
  }
  openEpoch(toUs(source.clock, stream.clock), toUs(source.shown, stream.clock));
  stream.epoch = current_.number;
  return !first || stream.dtsUs;
}

/// The first clock of a source of which earlier attempts are known.
std::int64_t Timeline::readFirst(std::int64_t raw, const StreamClock& clock) const {
  const auto closestTo = [&](std::int64_t us) {
    return unroll(raw, toTicks(std::clamp(us, -kMaxUs, kMaxUs), clock), clock);
  };
  const auto isAt = [&](std::int64_t ticks, std::int64_t us) {
    return isWithin(toUs(ticks, clock) - std::clamp(us, -kMaxUs, kMaxUs), kMaxForwardUs,
                    kMaxForwardUs);
  };
  const std::int64_t near = closestTo(*nearUs_);
  if (!startUs_ || isAt(near, *nearUs_)) return near;
  const std::int64_t start = closestTo(*startUs_);
  return isAt(start, *startUs_) ? start : near;
}

/// The packet's clock, unrolled, if it goes on in the epoch its stream is in.
std::optional<std::int64_t> Timeline::stayInEpoch(const Stream& stream, std::int64_t raw) const {
  if (!stream.sourceUs || !current_.open) return std::nullopt;
  const StreamClock& clock = stream.clock;
  const std::int64_t own = unroll(raw, toTicks(*stream.sourceUs, clock), clock);
  const std::int64_t ownUs = toUs(own, clock);
  const bool goesOn = isWithin(ownUs - *stream.sourceUs, kMaxBackwardUs, kMaxForwardUs);
  const std::int64_t other = unroll(raw, toTicks(current_.latestUs, clock), clock);
  const std::int64_t otherUs = toUs(other, clock);
  const bool isNow = isWithin(otherUs - current_.latestUs, kMaxForwardUs, kMaxForwardUs);

  if (stream.epoch == current_.number) {
    if (goesOn) return own;
    // Nothing came for long, while other streams went on to where this one is now.
    if (isNow && otherUs > *stream.sourceUs) return other;
    return std::nullopt;
  }
  // Other streams crossed already. A small jump may look like none: what continues this stream's
  // output better is right.
  if (!goesOn) return std::nullopt;
  const std::int64_t expectedUs = *stream.dtsUs + stepOf(stream);
  const std::int64_t staying = std::abs(ownUs + stream.offsetUs - expectedUs);
  const std::int64_t joining = std::abs(otherUs + current_.offsetUs - expectedUs);
  if (isNow && joining < staying) return std::nullopt;
  return own;
}

/// The packet's clock, unrolled, if it belongs to the current epoch, of which its stream is not
/// yet.
std::optional<std::int64_t> Timeline::joinCurrent(const Stream& stream, std::int64_t raw) const {
  if (!current_.open) return std::nullopt;
  const bool jumped = stream.sourceUs && stream.epoch == current_.number;
  if (jumped) return std::nullopt;
  const std::int64_t ticks = unroll(raw, toTicks(current_.latestUs, stream.clock), stream.clock);
  const std::int64_t distanceUs = toUs(ticks, stream.clock) - current_.latestUs;
  const std::int64_t backward = stream.sourceUs ? kMaxForwardUs : kMaxInterleaveUs;
  if (!isWithin(distanceUs, backward, kMaxForwardUs)) return std::nullopt;
  return ticks;
}

void Timeline::openEpoch(std::int64_t sourceUs, std::int64_t shownUs) {
  for (Stream& stream : streams_) {
    if (stream.epoch == current_.number) stream.offsetUs = current_.offsetUs;
  }
  const bool first = current_.number == 0;
  const auto end = endOfOutput();
  // The first epoch is the source's own, unless untimed packets already went further.
  const bool moves = end && (!first || *end > shownUs);
  current_ = {.number = current_.number + 1,
              .open = true,
              .offsetUs = moves ? *end - shownUs : 0,
              .latestUs = sourceUs};
  if (!first) ++corrections_.discontinuities;
}

TimelineStamp Timeline::place(Stream& stream, const Source& source, bool discontinuity) {
  TimelineStamp stamp{.ptsUs = toUs(source.shown, stream.clock) + offsetOf(stream),
                      .dtsUs = toUs(source.clock, stream.clock) + offsetOf(stream),
                      .discontinuity = discontinuity};
  if (discontinuity && stream.dtsUs) {
    const std::int64_t overlapUs = stream.endUs - stamp.ptsUs;
    // Less than half a frame only shortens the last one; a gap for the others would be worse.
    if (overlapUs > stepOf(stream) / 2 && overlapUs <= kMaxForwardUs) {
      current_.offsetUs += overlapUs;
      stamp.ptsUs += overlapUs;
      stamp.dtsUs += overlapUs;
    }
  }
  const bool one = source.dtsKnown && stamp.ptsUs == stamp.dtsUs;
  if (stream.dtsUs) {
    if (!source.dtsKnown) {
      // Reordered pictures: decoded at an even pace, not long before they are shown.
      stamp.dtsUs =
          std::clamp(*stream.dtsUs + stepOf(stream), stamp.ptsUs - kSecondUs, stamp.ptsUs);
    }
    if (stamp.dtsUs <= *stream.dtsUs) {
      stamp.dtsUs = *stream.dtsUs + 1;
      corrections_.clamped += source.dtsKnown ? 1 : 0;
      if (one) stamp.ptsUs = stamp.dtsUs;
    }
  }
  stream.dtsUs = stamp.dtsUs;
  stream.ptsUs = stamp.ptsUs;
  const std::int64_t endUs = stamp.ptsUs + stepOf(stream);
  stream.endUs = discontinuity ? endUs : std::max(stream.endUs, endUs);
  return stamp;
}

std::optional<std::int64_t> Timeline::endOfOutput() const {
  std::optional<std::int64_t> end;
  for (const Stream& stream : streams_) {
    if (stream.dtsUs) end = std::max(end.value_or(stream.endUs), stream.endUs);
  }
  return end;
}

std::int64_t Timeline::offsetOf(const Stream& stream) const {
  return stream.epoch == current_.number ? current_.offsetUs : stream.offsetUs;
}

std::int64_t Timeline::stepOf(const Stream& stream) {
  if (stream.stepUs > 0) return stream.stepUs;
  return stream.clock.intervalUs > 0 ? stream.clock.intervalUs : kDefaultStepUs;
}

}  // namespace millrace
