#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/byte_sink.h"
#include "media/essence/medium_essence.h"
#include "media/job/job_options.h"
#include "media/job/latency_histogram.h"
#include "media/log_scope.h"
#include "media/output/muxer.h"
#include "media/packet_queue.h"
#include "media/stage_thread.h"

namespace millrace {

/// The last stage of a rendition: takes coded frames from its queue, muxes them and sends them, on
/// a thread of its own. Whatever happens to its peer, no other stage sees more than a full queue.
///
/// Threads: made, started and destroyed by the job's; `queue()` and the counters are for any
/// thread.
class Sink {
 public:
  struct Options {
    OutputOptions output;
    Container container = Container::kMpegTs;
    AddressPolicy policy;
    std::vector<std::string> taken;  ///< As openByteSink.
    /// Audio waits for the video of its time. For tunes and sources where video comes late anyway.
    std::function<bool()> interleave;
    /// Whether nothing to send is no failure, since an earlier attempt has sent everything.
    std::function<bool()> mayBeEmpty;
    /// As JobOptions.
    std::optional<std::chrono::milliseconds> essenceWindow;
  };
  /// Called on the sink's thread.
  struct Events {
    std::function<void()> onFirstByte;
    /// Without an error: everything was delivered and the peer said yes.
    std::function<void(std::optional<Error>)> onEnd;
    /// The source has a track that this output goes without: it came too late for the container.
    std::function<void(bool video)> onTrackTooLate;
    /// All of them come before `onEnd`.
    WindowBuilder::OnWindow onEssence;
    LogScope::Listener onLog;
  };

  Sink(Options options, Events events, std::stop_token stop);

  /// Connects, and then writes what the queue brings until it is closed.
  void start();
  /// Waits for the thread to end, if it was started.
  void join() { thread_.join(); }
  /// Closed by two: the rung and the audio stage.
  PacketQueue& queue() { return queue_; }
  Container container() const { return options_.container; }

  const LatencyHistogram& latency() const { return latency_; }
  std::int64_t framesOut() const { return framesOut_; }
  std::int64_t bytes() const { return bytes_; }
  std::optional<std::int64_t> firstTimestampUs() const;
  std::optional<std::int64_t> lastTimestampUs() const;

 private:
  Result<void> run();
  Result<void> accept(MediaItem item);
  void update(const TrackUpdate& update);
  bool tracksDecided() const;
  Result<void> openMuxer();
  void holdStart();
  Result<void> writeDue(bool ending);
  Result<void> write(MediaPacket packet);
  void describeEssence(bool video);
  void countBytes();
  Result<void> finish();

  Options options_;
  Events events_;
  std::stop_token stop_;
  PacketQueue queue_;
  std::unique_ptr<ByteSink> bytesOut_;
  std::unique_ptr<Muxer> muxer_;
  std::unique_ptr<MediumEssence> essence_;  ///< Null: nobody asked for it.
  /// Undecided: empty. Decided that there is none: null.
  std::optional<std::shared_ptr<const Track>> video_;
  std::optional<std::shared_ptr<const Track>> audio_;
  bool tracksChanged_ = false;
  bool headerSent_ = false;
  std::deque<MediaPacket> heldVideo_;
  std::deque<MediaPacket> heldAudio_;
  std::optional<std::int64_t> lastVideoDts_;
  std::int64_t bytesOfClosedMuxers_ = 0;

  LatencyHistogram latency_;
  std::atomic<std::int64_t> framesOut_{0};
  std::atomic<std::int64_t> bytes_{0};
  std::atomic<std::int64_t> firstTimestampUs_;
  std::atomic<std::int64_t> lastTimestampUs_;
  std::chrono::steady_clock::time_point startedAt_;
  StageThread thread_;
};

}  // namespace millrace
