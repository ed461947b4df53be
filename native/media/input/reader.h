#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "media/input/pace_detector.h"
#include "media/input/packet_source.h"
#include "media/input/resume_point.h"
#include "media/input/timeline.h"
#include "media/job/job_options.h"
#include "media/log_scope.h"
#include "media/media_packet.h"
#include "media/stage_thread.h"

namespace millrace {

/// The first stage: opens the source, reads it to its end and puts every packet on the job's
/// timeline, on a thread of its own.
///
/// Threads: made, started and destroyed by the job's; events come on the reader's thread; `finish`
/// and the counters are for any thread.
class Reader {
 public:
  struct Options {
    InputOptions input;
    AddressPolicy policy;
    std::optional<std::chrono::milliseconds> clipTo;
    std::optional<std::int64_t> timestampBaseUs;
    std::optional<std::int64_t> resumeAtUs;
  };
  struct Events {
    /// The container is open; its tracks are what is known so far.
    std::function<void(const PacketSource&)> onOpened;
    /// A packet or a change of a track, in the order they came; may wait.
    std::function<void(MediaItem&&)> onItem;
    /// The last event. Without an error: the source ended properly, or `finish` was called.
    std::function<void(std::optional<Error>)> onEnd;
    std::function<void(WarningEvent&&)> onWarning;
    LogScope::Listener onLog;
  };

  Reader(Options options, Events events, std::stop_token stop);

  void start();
  /// Waits for the thread to end, if it was started.
  void join() { thread_.join(); }
  /// Takes the source as ended here.
  void finish() { finishing_.request_stop(); }

  bool live() const { return pace_.live(); }
  Clock::time_point mayWaitUntil(std::optional<std::int64_t> timestampUs) const {
    return pace_.mayWaitUntil(timestampUs);
  }
  std::int64_t bytes() const { return bytes_; }
  std::int64_t accessUnits() const { return accessUnits_; }
  std::int64_t discontinuities() const { return discontinuities_; }
  std::optional<std::int64_t> lastTimestampUs() const;
  /// Meaningful once the source is open.
  Clock::time_point firstByteAt() const { return firstByteAt_.load(); }

 private:
  Result<void> run();
  Result<void> readAll(PacketSource& source);
  void describe(const PacketSource& source, bool video);
  bool accept(PacketSource& source, SourcePacket packet);
  void goOnAtResumePoint(std::int64_t byUs);

  Options options_;
  Events events_;
  std::stop_source finishing_;
  std::stop_callback<std::function<void()>> cancelled_;
  std::stop_token stop_;
  PaceDetector pace_;
  Timeline timeline_;
  ResumePoint resumePoint_;
  std::optional<std::int64_t> firstVideoUs_;
  std::optional<std::int64_t> firstAudioUs_;
  std::atomic<std::int64_t> bytes_{0};
  std::atomic<std::int64_t> accessUnits_{0};
  std::atomic<std::int64_t> discontinuities_{0};
  std::atomic<std::int64_t> lastTimestampUs_;
  std::atomic<Clock::time_point> firstByteAt_{};
  StageThread thread_;
};

}  // namespace millrace
