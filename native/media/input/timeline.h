#pragma once

#include <cstdint>
#include <optional>
#include <vector>

extern "C" {
#include <libavutil/rational.h>
}

namespace millrace {

/// How one stream of a source counts time.
struct StreamClock {
  AVRational timeBase{1, 90'000};
  /// Timestamps are modulo 2^wrapBits: 33 in MPEG-TS, 32 in FLV and RTMP. 0 or 64: they never wrap.
  int wrapBits = 0;
  /// Packets come in the order they are shown (audio): pts and dts are one.
  bool inOrder = false;
  /// Microseconds from one packet to the next where the source says neither timestamps nor
  /// durations; 0: unknown (then the last step seen, or 1/30 s).
  std::int64_t intervalUs = 0;
};

/// Where one packet lies on the timeline.
struct TimelineStamp {
  std::int64_t ptsUs = 0;
  /// Strictly increasing within a stream. May lie behind the pts: real muxers write such B-frames.
  std::int64_t dtsUs = 0;
  /// The first packet of its stream behind a jump of the source's clock.
  bool discontinuity = false;
};

/// What had to be put right so far, over all streams.
struct TimelineCorrections {
  std::int64_t discontinuities = 0;  ///< Jumps of the source's clock, each once, and restarts.
  std::int64_t clamped = 0;  ///< Packets whose dts did not increase, or whose pts made no sense.
  std::int64_t extrapolated = 0;  ///< Packets that came without any (sane) timestamp.
};

/// Maps the raw timestamps of all streams of one source to one continuous timeline in microseconds.
///
/// Up to the first discontinuity the timeline is the source's own: MPEG-TS and FLV timestamps
/// convert back exactly. Wraps are unrolled, and never show. A dts that jumps by more than 10 s
/// forward or 1 s backward is a discontinuity: the first picture or sound behind it is shown when
/// the last one before it, of whichever stream got furthest, ends; and all streams move by the same
/// offset, so that they stay in sync although each crosses at a packet of its own. A stream that
/// has not crossed yet keeps the old offset. One that crosses late and would overlap what it
/// already had makes the new offset larger by the overlap, for every stream. A stream that was
/// silent for long while another went on has no discontinuity.
///
/// Missing timestamps are extrapolated: the last one plus its duration. A missing dts is made from
/// the pts; a missing pts is the dts. Packets before the first known timestamp count from 0, and
/// the timeline then jumps forward to the source's own. Every number may be hostile; nothing
/// overflows. One thread.
class Timeline {
 public:
  /// `nearUs` is a position on the timeline of an earlier attempt at the same source: of the
  /// readings that wrapping leaves open, the first timestamp gets the one closest to it; unless
  /// another is within 10 s of `startUs`, where that attempt's source began, and this one is not
  /// within 10 s of `nearUs`: then the source is read from its start again.
  explicit Timeline(std::optional<std::int64_t> nearUs = std::nullopt,
                    std::optional<std::int64_t> startUs = std::nullopt)
      : nearUs_(nearUs), startUs_(startUs) {}

  /// Says how stream `stream` (0 to 1023) counts. Called before its first packet, and again behind
  /// `restart` when it may count differently.
  void describe(int stream, const StreamClock& clock);

  /// Places one packet, in the order packets come. `pts` and `dts` may be AV_NOPTS_VALUE,
  /// `duration` 0 for unknown, all in the stream's time base.
  TimelineStamp map(int stream, std::int64_t pts, std::int64_t dts, std::int64_t duration);

  /// The source was reopened (HLS discontinuity, reconnect): whatever the next packet says, it goes
  /// on where the timeline was.
  void restart();

  /// A discontinuity that shows in nothing the source says: from the next packet on everything lies
  /// `byUs`, which is not negative, later than it would.
  void moveForward(std::int64_t byUs);

  const TimelineCorrections& corrections() const { return corrections_; }

 private:
  struct Stream {
    StreamClock clock;
    std::optional<std::int64_t> sourceUs;  ///< Last dts as the source counts, unrolled.
    int epoch = 0;                         ///< The one sourceUs belongs to.
    std::int64_t offsetUs = 0;             ///< That epoch's, unless it is the current one.
    std::optional<std::int64_t> dtsUs;     ///< Last output.
    std::int64_t ptsUs = 0;                ///< Likewise.
    std::int64_t endUs = 0;                ///< Where what was shown so far ends.
    std::int64_t stepUs = 0;               ///< Last duration, or distance, seen; 0: none.
  };
  /// A stretch of the source without a discontinuity.
  struct Epoch {
    int number = 0;             ///< Counts from 1; 0: no timestamp has come yet.
    bool open = false;          ///< False before the first timestamp, and behind a restart.
    std::int64_t offsetUs = 0;  ///< Output = source + offset.
    std::int64_t latestUs = 0;  ///< Largest source dts of any stream.
  };
  /// One packet's timestamps as the source counts, in ticks of the stream's time base.
  struct Source {
    std::int64_t clock;  ///< dts, or what stands for it.
    std::int64_t shown;  ///< pts, likewise.
    bool dtsKnown;
  };

  Stream& streamAt(int stream);
  std::optional<Source> read(const Stream& stream, std::int64_t pts, std::int64_t dts);
  TimelineStamp extrapolate(Stream& stream);
  bool enterEpoch(Stream& stream, Source& source);
  std::int64_t readFirst(std::int64_t raw, const StreamClock& clock) const;
  std::optional<std::int64_t> stayInEpoch(const Stream& stream, std::int64_t raw) const;
  std::optional<std::int64_t> joinCurrent(const Stream& stream, std::int64_t raw) const;
  void openEpoch(std::int64_t sourceUs, std::int64_t shownUs);
  TimelineStamp place(Stream& stream, const Source& source, bool discontinuity);
  std::optional<std::int64_t> endOfOutput() const;
  std::int64_t offsetOf(const Stream& stream) const;
  static std::int64_t stepOf(const Stream& stream);

  std::vector<Stream> streams_;
  Epoch current_;
  std::optional<std::int64_t> nearUs_;
  std::optional<std::int64_t> startUs_;
  TimelineCorrections corrections_;
};

}  // namespace millrace
