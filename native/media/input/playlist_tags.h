#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace millrace {

/// Reads, while the bytes of a playlist pass, what the wait for its next segment depends on. A
/// value, for one pass over one playlist.
class PlaylistTags {
 public:
  /// Takes pieces of any size.
  void read(std::span<const std::uint8_t> bytes);

  /// The bytes so far start as a playlist does; otherwise the tags below mean nothing.
  bool isPlaylist() const { return isPlaylist_; }
  /// How long a segment may be; 0: it does not say (yet).
  std::chrono::seconds targetDuration() const { return targetDuration_; }
  /// It says that no segment will be added.
  bool ended() const { return ended_; }

 private:
  void readLine();

  std::string line_;  ///< As much as is needed of the line that has not ended.
  bool first_ = true;
  bool isPlaylist_ = false;
  bool ended_ = false;
  std::chrono::seconds targetDuration_{0};
};

}  // namespace millrace
