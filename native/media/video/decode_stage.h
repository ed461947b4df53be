#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/device/cuda_device.h"
#include "media/job/job_events.h"
#include "media/job/job_options.h"
#include "media/log_scope.h"
#include "media/packet_queue.h"
#include "media/stage_thread.h"
#include "media/video/cascade.h"
#include "media/video/decode_start.h"
#include "media/video/decoder.h"
#include "media/video/device_upload.h"
#include "media/video/rung.h"

namespace millrace {

/// Decodes the source's video once, on a thread of its own, and offers every picture to every rung.
/// With a card, it is decoded there if the card can, and else by the CPU and copied to the card
/// once. A card that fails is left for good: the CPU goes on at the next keyframe.
///
/// Threads: made, started and destroyed by the job's; the counters are for any thread.
class DecodeStage {
 public:
  struct Options {
    Tune tune = Tune::kLatency;
    std::optional<std::chrono::milliseconds> clipFrom;
    std::optional<std::chrono::milliseconds> clipTo;
    std::optional<std::int64_t> timestampBaseUs;
    std::optional<std::int64_t> resumeAtUs;
  };
  /// What the first picture shows of the source.
  struct FirstPicture {
    std::string decoder;
    std::string pixelFormat;
    int width = 0;
    int height = 0;
    double fps = 0;
    std::int64_t timestampBaseUs = 0;
  };
  /// Called on the stage's thread.
  struct Events {
    std::function<void(const FirstPicture&)> onFirstPicture;
    /// Decoding cannot go on at all.
    std::function<void(Error)> onFailed;
    std::function<void(WarningEvent&&)> onWarning;
    LogScope::Listener onLog;
  };

  DecodeStage(Options options, Events events, std::vector<Rung*> rungs, std::stop_token stop);

  /// Before `start`: the card to work on.
  void useCard(std::shared_ptr<const CudaDevice> card);
  void start();
  /// Waits for the thread to end, if it was started.
  void join() { thread_.join(); }
  PacketQueue& queue() { return queue_; }

  std::int64_t frames() const { return frames_; }
  std::int64_t errors() const { return errors_; }

 private:
  Result<void> run();
  Result<void> changeTrack(std::shared_ptr<const Track> track);
  Result<void> accept(MediaPacket packet, Clock::duration waited);
  Result<void> decodeAll(const std::vector<MediaPacket>& packets);
  Result<void> openDecoder();
  Result<void> decode(const AVPacket* packet, Clock::time_point arrived);
  void noteFailure(const Error& error);
  void leaveCard(const Error& reason);
  void placeOnCard(DecodedFrame& frame);
  void show(DecodedFrame&& frame);
  bool isClippedOff(std::int64_t timestampUs) const;
  void follow();
  void announce(const DecodedFrame& frame);
  SourceFrame sourceFrame(const DecodedFrame& frame);
  std::shared_ptr<CascadedPicture> cascade(const AVFrame& frame, Orientation orientation);

  Options options_;
  Events events_;
  std::vector<Rung*> rungs_;
  std::stop_token stop_;
  PacketQueue queue_;
  std::shared_ptr<const Track> track_;
  std::shared_ptr<const CudaDevice> card_;  ///< Null: none, or it was left.
  std::optional<DeviceUpload> upload_;      ///< With `card_`.
  bool cardDecodes_ = false;                ///< The card takes this track, as far as is known.
  int cardFailures_ = 0;                    ///< In a row.
  std::unique_ptr<Decoder> decoder_;
  DecodeStart start_;
  std::optional<DecodedFrame> passed_;  ///< The last picture before the point to resume at.
  std::vector<ScaledSize> ladder_;      ///< The source's size, and what each rung makes of it.
  std::shared_ptr<Cascade> cascade_;
  std::optional<std::int64_t> timestampBaseUs_;
  std::optional<std::int64_t> lastTimestampUs_;
  std::int64_t lastStepUs_ = 0;
  double fps_ = 0;
  std::atomic<std::int64_t> frames_{0};
  std::atomic<std::int64_t> errors_{0};
  StageThread thread_;
};

}  // namespace millrace
