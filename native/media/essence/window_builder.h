#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "media/essence/essence_window.h"
#include "media/essence/window_part.h"

namespace millrace {

/// A window that is not closed.
struct OpenWindow {
  std::int64_t fromUs = 0;   ///< Where the window before was cut.
  std::int64_t countUs = 0;  ///< From where its length counts.
  std::optional<WindowPart> video;
  std::optional<WindowPart> audio;
  std::int64_t frames = 0;
  std::int64_t pixels = 0;
  int width = 0;
  int height = 0;
};

/// Gathers the units of one medium into windows. Video is cut at keyframes, in decode order; sound
/// goes into the window that its timestamp falls into. However long a window gets, no more is kept
/// than a few seconds' hashes. One thread.
class WindowBuilder {
 public:
  using OnWindow = std::function<void(EssenceWindow&&)>;

  WindowBuilder(std::chrono::milliseconds window, OnWindow onWindow)
      : windowUs_(std::chrono::microseconds(window).count()), onWindow_(std::move(onWindow)) {}

  /// The units of a track come in decode order. Pictures before the first keyframe are left out.
  void add(const EssenceUnit& unit);
  /// The next picture will be a keyframe of this timestamp: the window that it cuts need not wait
  /// for it. If the medium breaks off before it comes, the cut stays, and no window is the last.
  void keyframeAhead(std::int64_t timestampUs);
  /// Closes what is left. No window comes of a medium without units.
  void end();

 private:
  void addVideo(const EssenceUnit& unit);
  void addAudio(const EssenceUnit& unit);
  bool isCutAt(std::int64_t keyframeUs) const;
  bool waitsForSound(std::int64_t cutUs) const;
  void settle();
  void takeSound(OpenWindow& window, std::optional<std::int64_t> beforeUs);
  void closeAll(bool last);
  void close(std::optional<std::int64_t> cutUs, bool last);

  std::int64_t windowUs_;
  OnWindow onWindow_;
  Sha256 sha_;
  std::deque<OpenWindow>
      open_;  ///< The first waits for its sound; it was cut where the second starts.
  std::deque<EssenceUnit> sounds_;
  std::optional<EssenceCodec> videoCodec_;
  std::optional<EssenceCodec> audioCodec_;
  std::optional<std::int64_t> lastVideoUs_;
  std::optional<std::int64_t> lastAudioUs_;
  std::uint32_t index_ = 0;
  Digest chain_{};
};

}  // namespace millrace
