#include "media/input/playlist_tags.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace millrace {
namespace {

constexpr std::size_t kLongestTag = 64;
/// No playlist may make us wait for longer.
constexpr std::int64_t kLongestTargetSeconds = 120;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kHead = "#EXTM3U";
constexpr std::string_view kTarget = "#EXT-X-TARGETDURATION:";
constexpr std::string_view kEnd = "#EXT-X-ENDLIST";

}  // namespace

void PlaylistTags::read(std::span<const std::uint8_t> bytes) {
  // A segment has no lines to look at.
  if (!first_ && !isPlaylist_) return;
  for (const std::uint8_t byte : bytes) {
    const bool ends = byte == '\n' || byte == '\r';
    if (!ends && line_.size() < kLongestTag) line_.push_back(static_cast<char>(byte));
    // The last line need not end.
    if (ends || first_ || line_.size() == kEnd.size()) readLine();
    if (ends) line_.clear();
    if (ends || line_.size() == kLongestTag) first_ = false;
    if (!first_ && !isPlaylist_) return;
  }
}

void PlaylistTags::readLine() {
  std::string_view line = line_;
  if (first_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (first_ && line.starts_with(kHead)) isPlaylist_ = true;
  if (!isPlaylist_) return;
  if (line.starts_with(kEnd)) ended_ = true;
  if (!line.starts_with(kTarget)) return;
  std::int64_t seconds = 0;
  line.remove_prefix(kTarget.size());
  std::from_chars(line.data(), line.data() + line.size(), seconds);
  targetDuration_ =
      std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kLongestTargetSeconds));
}

}  // namespace millrace
