#pragma once

#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <vector>

#include "media/audio/audio_stage.h"
#include "media/device/cuda_device.h"
#include "media/essence/medium_essence.h"
#include "media/input/reader.h"
#include "media/job/job.h"
#include "media/output/sink.h"
#include "media/video/decode_stage.h"
#include "media/video/rung.h"

namespace millrace {

/// The stages of one job, wired together, and the thread that watches over them: it reports
/// progress, notices the end and joins everyone.
///
/// Threads: as Job's. The callbacks of the stages come on the stages' threads.
class Job::Pipeline {
 public:
  Pipeline(JobOptions options, Listener listener);
  ~Pipeline();

  void start();
  void stop();
  void cancel();

 private:
  enum class State : std::uint8_t { kWaiting, kRunning, kFinished, kFailed };

  /// One rendition: its stages and how it is doing. Guarded by `mutex_` where not said otherwise.
  struct Rendition {
    std::string name;
    std::stop_source brokenOff;  ///< Its rung and its sink end at once. Safe from any thread.
    std::unique_ptr<Sink> sink;
    std::unique_ptr<Rung> rung;
    State state = State::kWaiting;
    bool sinkStarted = false;
    bool sinkEnded = false;
    bool encoderKnown = false;
    RenditionPlan plan;
    std::optional<Error> failure;
    std::int64_t lastFramesOut = 0;  ///< The supervisor's.
    std::int64_t lastBytes = 0;      ///< The supervisor's.
    bool overloadTold = false;       ///< The supervisor's.
    bool dropsTold = false;          ///< The supervisor's.
  };

  void build();
  void buildRendition(const RenditionOptions& options, int encoderThreads,
                      std::vector<std::string> taken);
  void supervise();
  void openCard();
  bool useCard();
  void startStages(const PacketSource& source);
  void startSinks();
  void failOutOfThreads(const std::system_error& reason);
  void noteProgress(const MediaPacket& packet);
  void onReaderEnd(std::optional<Error> failure);
  void onItem(MediaItem&& item);
  PacketPtr describeEssence(const MediaItem& item);
  void describe(const Track& track, bool video);
  void onEncoder(Rendition& rendition, const Encoder& encoder, const PictureSize& size,
                 const StagePlaces& places);
  void onRenditionFailed(Rendition& rendition, Error error);
  void onSinkEnd(Rendition& rendition, std::optional<Error> failure);
  void onTrackTooLate(const Rendition& rendition, bool video);
  void onFirstByte(Rendition& rendition);
  void announceIfKnown();
  void announce();
  SourceInfo describedSource() const;
  bool isOver() const;
  void reportProgress();
  void reportTrouble();
  Progress measure(bool ended);
  void join();
  void finishUnsaid();
  void finish();
  WaitLimit waitLimit();
  void emit(JobEvent&& event);
  LogScope::Listener logListener();

  JobOptions options_;
  /// The card that the job runs on, or why it has none. The supervisor opens it while the reader
  /// connects, who waits for it before the stages start. Outlives everything on it.
  std::promise<Result<std::shared_ptr<CudaDevice>>> cardOpened_;
  std::shared_ptr<CudaDevice> card_;
  Listener listener_;
  std::mutex listenerMutex_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::unique_ptr<Rendition>> renditions_;
  bool readerEnded_ = false;
  bool announced_ = false;
  std::vector<RenditionStartedEvent> startedBeforeAnnounced_;
  std::optional<Error> sourceFailure_;
  SourceInfo source_;
  std::optional<std::int64_t> timestampBaseUs_;

  /// The reader's.
  std::unique_ptr<MediumEssence> essence_;  ///< Of the source; null: nobody asked for it.
  bool stagesStarted_ = false;
  bool sinksStarted_ = false;
  std::optional<std::int64_t> audioWithoutVideoSinceUs_;
  bool videoSeen_ = false;
  bool videoGivenUp_ = false;

  /// Something was read that no earlier attempt has delivered.
  std::atomic<bool> hasNews_{false};
  std::atomic<bool> cancelAsked_{false};
  std::stop_source cancelled_;
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<DecodeStage> decodeStage_;
  std::unique_ptr<AudioStage> audioStage_;
  Clock::time_point startedAt_{};
  Clock::time_point lastProgressAt_{};
  bool sourceDropsTold_ = false;  ///< The supervisor's.
  std::jthread supervisor_;
};

inline double millisecondsBetween(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

}  // namespace millrace
