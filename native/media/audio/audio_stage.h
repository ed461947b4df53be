#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/audio/audio_encoder.h"
#include "media/job/job_options.h"
#include "media/log_scope.h"
#include "media/packet_queue.h"
#include "media/stage_thread.h"

namespace millrace {

/// What an output gets of the source's audio.
enum class AudioForm : std::uint8_t { kNone, kCopy, kAac, kOpus };

/// Gives every sink the source's audio: as it is where that is wanted and the container carries it,
/// else as AAC or Opus, each encoded once for all, on a thread of its own.
///
/// Threads: made, started and destroyed by the job's.
class AudioStage {
 public:
  struct Output {
    PacketQueue* queue = nullptr;
    Container container = Container::kMpegTs;
  };
  struct Options {
    AudioMode mode = AudioMode::kCopy;
    std::optional<std::chrono::milliseconds> clipFrom;
    std::optional<std::int64_t> timestampBaseUs;
    std::optional<std::int64_t> resumeAtUs;
    WaitLimit mayWaitUntil;
  };
  /// Called on the stage's thread.
  struct Events {
    /// The audio cannot be delivered; the job goes on without.
    std::function<void(Error)> onLost;
    LogScope::Listener onLog;
  };

  AudioStage(Options options, Events events, std::vector<Output> outputs, std::stop_token stop);

  void start();
  /// Waits for the thread to end, if it was started.
  void join() { thread_.join(); }
  PacketQueue& queue() { return queue_; }
  /// What an output of `container` will get of `track`; null: there is none.
  static AudioForm formOf(AudioMode mode, Container container, const Track* track);
  /// The same in a word: none, copy, aac or opus.
  static std::string plan(AudioMode mode, Container container, const Track* track);

 private:
  Result<void> run();
  Result<void> accept(const MediaPacket& packet);
  bool isBefore(std::int64_t timestampUs, std::int64_t marginUs = 0) const;
  Result<void> changeTrack(std::shared_ptr<const Track> track);
  void declareEarly();
  Result<void> prepareEncoder(AudioForm form);
  void distribute(const AVPacket& packet, Clock::time_point arrived, AudioForm form);
  Result<void> encode(const AVPacket* packet, Clock::time_point arrived);
  void declare(const std::shared_ptr<const Track>& track, AudioForm form);

  Options options_;
  Events events_;
  std::vector<Output> outputs_;
  std::stop_token stop_;
  PacketQueue queue_;
  std::shared_ptr<const Track> track_;
  std::vector<AudioForm> forms_;  ///< Per output.
  std::map<AudioForm, std::unique_ptr<AudioEncoder>> encoders_;
  std::optional<std::int64_t> baseUs_;  ///< What the clip counts from.
  StageThread thread_;
};

}  // namespace millrace
