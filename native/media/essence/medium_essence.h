#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "media/essence/unit_hasher.h"
#include "media/essence/window_builder.h"
#include "media/libav.h"

namespace millrace {

/// Hashes one video and one audio track, unit by unit, as packets come by. One thread.
class MediumEssence {
 public:
  using OnUnit = std::function<void(const EssenceUnit&)>;

  explicit MediumEssence(OnUnit onUnit) : onUnit_(std::move(onUnit)) {}
  /// Gathers the units into windows.
  MediumEssence(std::chrono::milliseconds window, WindowBuilder::OnWindow onWindow);

  /// What the track is from the next packet on; null: there is none.
  void describe(bool video, const AVCodecParameters* parameters);
  /// Timestamps are in microseconds. Ignored when its track was not described.
  void add(bool video, const AVPacket& packet);
  /// As WindowBuilder; where there are windows.
  void keyframeAhead(std::int64_t timestampUs);
  /// Closes what is left, where there are windows. Nothing may follow.
  void end();

 private:
  struct Track {
    AVCodecID codec = AV_CODEC_ID_NONE;
    std::unique_ptr<UnitHasher> hasher;
  };

  OnUnit onUnit_;
  std::unique_ptr<WindowBuilder> windows_;  ///< Null: units alone.
  Track video_;
  Track audio_;
};

}  // namespace millrace
