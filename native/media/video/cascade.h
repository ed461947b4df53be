#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "media/device/cuda_device.h"
#include "media/error.h"
#include "media/libav.h"
#include "media/video/cuda_scaler.h"
#include "media/video/picture_size.h"
#include "media/video/rotation.h"
#include "media/video/scaler.h"

namespace millrace {

/// A size that pictures are scaled to, before they are turned upright, and their depth then.
struct ScaledSize {
  int width = 0;
  int height = 0;
  int bitDepth = 8;
  friend bool operator==(const ScaledSize&, const ScaledSize&) = default;
};

/// The size that a picture has before it is turned to become one of `size`.
ScaledSize unturned(const PictureSize& size, Orientation orientation, int bitDepth);

/// How a ladder's sizes are made of one form of source picture: each once per picture, whatever
/// number of rungs want it, and a small one from a larger one that is made anyway. Reading 720 rows
/// instead of 1080 halves the work for a 480-row rung.
///
/// A size is made from another only when that one is itself made from the source, of the same
/// depth, not larger than the source, and at least `kLeastRatio` times as large as this one on each
/// side: what is nearer, or has been through two filters before, costs SSIM that can be measured.
///
/// Pictures in a card's memory are scaled there and stay there. Where the card fails, they are
/// taken to system memory and scaled by the CPU, for as long as the card gives them out; likewise
/// HDR pictures that become SDR ones.
///
/// Threads: made by the decode stage's; `scale` is for any thread.
class Cascade {
 public:
  /// Just below 3:2, the step between the usual heights of 720 and 480 rows.
  static constexpr double kLeastRatio = 1.45;

  /// `device`: the card that the source's pictures may be on; null: none.
  Cascade(ScaledSize source, const std::vector<ScaledSize>& sizes,
          std::shared_ptr<const CudaDevice> device = nullptr);

  std::size_t steps() const { return steps_.size(); }
  /// Which step makes this size; nothing when it was not among those asked for.
  std::optional<std::size_t> find(ScaledSize size) const;
  /// Which other step's pictures a step takes; nothing: the source's.
  std::optional<std::size_t> parentOf(std::size_t step) const { return steps_[step]->parent; }

  /// Takes one step: `from` is a picture of its parent's size, or the source's.
  Result<FramePtr> scale(std::size_t step, const AVFrame& from);
  /// A picture that a step has made, planar and in system memory.
  Result<FramePtr> fetch(std::size_t step, const AVFrame& made);

  const CudaDevice* card() const { return device_.get(); }
  /// What the card has failed at, once it has.
  std::optional<Error> trouble() const;

 private:
  struct Step {
    Step(ScaledSize made, const std::shared_ptr<const CudaDevice>& device);

    ScaledSize size;
    std::optional<std::size_t> parent;
    std::mutex mutex;
    Scaler scaler;                         ///< Guarded by `mutex`, and likewise below.
    std::optional<CudaScaler> cudaScaler;  ///< Nothing: no card.
  };

  Result<FramePtr> download(const AVFrame& picture);
  void note(const Error& trouble);

  std::shared_ptr<const CudaDevice> device_;
  std::vector<std::unique_ptr<Step>> steps_;  ///< The largest first.
  mutable std::mutex troubleMutex_;
  std::optional<Error> trouble_;  ///< Guarded by `troubleMutex_`.
};

/// One source picture at every size of a ladder. Whoever asks for a size first makes it, in their
/// own thread; others who want it wait for that. Safe from any thread.
class CascadedPicture {
 public:
  CascadedPicture(std::shared_ptr<Cascade> cascade, FramePtr source);

  bool isOnCard() const { return source_->format == AV_PIX_FMT_CUDA; }
  /// A new reference to the picture at one of the cascade's sizes; its buffers are shared and read
  /// only. Timestamp, colours and side data are the source's. It is where the source's picture is:
  /// in system memory, or in a card's.
  Result<FramePtr> at(ScaledSize size);
  /// The same in system memory, copied from the card once if it is there.
  Result<FramePtr> fetchedAt(ScaledSize size);

 private:
  struct Slot {
    std::mutex mutex;
    FramePtr picture;  ///< Null until somebody asked.
    FramePtr fetched;  ///< Likewise.
  };

  Result<std::size_t> stepOf(ScaledSize size) const;
  Result<FramePtr> make(std::size_t step);

  std::shared_ptr<Cascade> cascade_;
  FramePtr source_;
  std::vector<Slot> slots_;
};

}  // namespace millrace
