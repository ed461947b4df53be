#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "media/bounded_queue.h"
#include "media/device/cuda_device.h"
#include "media/job/job_events.h"
#include "media/job/job_options.h"
#include "media/log_scope.h"
#include "media/packet_queue.h"
#include "media/stage_thread.h"
#include "media/video/cascade.h"
#include "media/video/decoder.h"
#include "media/video/encoder.h"
#include "media/video/encoder_places.h"
#include "media/video/frame_rate.h"
#include "media/video/keyframe_grid.h"
#include "media/video/picture_size.h"
#include "media/video/rotation.h"
#include "media/video/user_data.h"
#include "media/wait_limit.h"

namespace millrace {

/// One picture of the source, as every rung is offered it.
struct SourceFrame {
  const DecodedFrame&
      decoded;  ///< Its buffers are shared with the other rungs and stay as they are.
  std::shared_ptr<CascadedPicture> scaled;  ///< At `Rung::sizeOf` it, before it is turned.
  Orientation orientation;
  double fps = 0;
  std::int64_t timestampBaseUs = 0;
};

/// Where the pictures of a rendition were made: cpu or nvidia:N, as in a job's plan.
struct StagePlaces {
  std::string decode;
  std::string scale;
  std::string encode;
};

/// One step of the ladder: picks the source frames of its rate, scales and encodes them on a thread
/// of its own, and hands the packets to its sink's queue. Pictures in a card's memory stay there
/// for that card's encoder, and are copied from it at the rung's size for any other. An encoder
/// that fails with its card is replaced by one elsewhere, which begins with a keyframe.
///
/// Threads: made, started and destroyed by the job's; `follow`, `repeatFrom`, `offer` and `end` are
/// the decode stage's; the counters are for any thread.
class Rung {
 public:
  struct Options {
    RenditionOptions rendition;
    Tune tune = Tune::kLatency;
    Accel accel;
    int threads = 1;
    bool globalHeader = false;
    WaitLimit mayWaitUntil;
    bool earlyKeyframes = false;  ///< See KeyframeGrid.
  };
  /// Called on the rung's thread.
  struct Events {
    std::function<void(const Encoder&, const PictureSize&, const StagePlaces&)> onEncoder;
    std::function<void(Error)> onFailed;
    std::function<void(WarningEvent&&)> onWarning;
    LogScope::Listener onLog;
  };

  Rung(Options options, Events events, PacketQueue& output, std::stop_token stop);

  /// Before `start`: the card that the job runs on.
  void useCard(std::shared_ptr<const CudaDevice> card);
  void start();
  /// Waits for the thread to end, if it was started.
  void join() { thread_.join(); }

  /// The size of what this rung makes of a source frame.
  PictureSize sizeOf(const AVFrame& frame, Orientation orientation) const;
  /// The bits of each of its samples.
  int bitDepth() const { return options_.rendition.bitDepth; }

  /// Goes on where an earlier attempt was, which was offered frames of these timestamps and has
  /// delivered everything before `resumeAtUs`. Called before the first `offer`, or never.
  void follow(const std::set<std::int64_t>& passedUs, std::int64_t timestampBaseUs,
              std::int64_t resumeAtUs);
  /// The last frame of those: a higher rate may begin with repeating it.
  void repeatFrom(const SourceFrame& frame);
  /// Offers one source frame. Waits for room for as long as it may; then the frame is lost and
  /// counted.
  void offer(const SourceFrame& frame);
  /// The source ended; `lastDurationUs` is how long its last frame lasts.
  void end(std::int64_t lastDurationUs);

  std::int64_t framesIn() const { return framesIn_; }
  std::int64_t framesEncoded() const { return framesEncoded_; }
  std::int64_t framesDropped() const { return framesDropped_; }
  std::int64_t pixelsEncoded() const { return pixelsEncoded_; }

 private:
  struct Picture {
    FramePtr frame;  ///< With this rung's own side data. Null: the picture before once more.
    std::shared_ptr<CascadedPicture> scaled;
    std::int64_t timestampUs = 0;
    bool keyframe = false;
    bool byCard = false;  ///< As in DecodedFrame.
    Orientation orientation;
    double sourceFps = 0;
    Clock::time_point arrived{};
  };

  void countFrom(std::int64_t timestampBaseUs);
  static Picture pictureOf(const SourceFrame& frame);
  void push(Picture picture);
  Result<void> run();
  Result<void> process(Picture picture);
  Result<void> repeatPrevious(const Picture& picture);
  Result<void> encodePrepared(Picture& picture, FramePtr prepared);
  Error failure(const Error& last) const;
  void announceKeyframe(const Picture& picture);
  Result<FramePtr> prepare(const Picture& picture);
  std::shared_ptr<const CudaDevice> encoderCard() const;
  Result<void> drain(const WaitLimit& mayWaitUntil);
  Result<void> openEncoder(const Picture& picture, const AVFrame& prepared);
  StagePlaces places(const Picture& picture) const;
  void leaveEncoderPlace(const Error& reason);
  Result<void> encode(AVFrame& prepared, const Picture& picture);
  void emit(PacketPtr packet, const WaitLimit& mayWaitUntil);

  Options options_;
  Events events_;
  PacketQueue& output_;
  std::stop_token stop_;
  BoundedQueue<Picture> pictures_;

  // The decode stage's.
  std::optional<FrameRate> frameRate_;
  std::optional<KeyframeGrid> keyframes_;
  UserDataCarry userData_;
  bool keyframeDue_ = false;
  std::optional<std::int64_t> resumeAtUs_;
  std::optional<Picture> followed_;  ///< Of an earlier attempt; until this one has a picture.
  bool hasOwn_ = false;

  // The rung's thread's.
  std::shared_ptr<const CudaDevice> card_;  ///< The job's; null: none.
  std::optional<EncoderPlaces> encoderPlaces_;
  std::optional<Error> leftFor_;  ///< Why the encoder is not where it was.
  std::unique_ptr<Encoder> encoder_;
  bool keyframeOwed_ = false;  ///< The picture that should have been one was lost with a card.
  PictureSize size_;
  FramePtr previous_;
  std::map<std::int64_t, Clock::time_point> arrivals_;
  std::int64_t frameDurationUs_ = 0;

  std::atomic<std::int64_t> framesIn_{0};
  std::atomic<std::int64_t> framesEncoded_{0};
  std::atomic<std::int64_t> framesDropped_{0};
  std::atomic<std::int64_t> pixelsEncoded_{0};
  StageThread thread_;
};

}  // namespace millrace
