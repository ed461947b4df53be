#include "media/input/container_probe.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <string_view>
#include <utility>

namespace millrace {
namespace {

constexpr std::size_t kTsPacketSize = 188;
constexpr std::size_t kEnough = 4 * kTsPacketSize + 1;
constexpr std::uint8_t kTsSync = 0x47;

bool startsWith(std::span<const std::uint8_t> head, std::string_view magic) {
  return head.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), head.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

// A stream joined in mid-packet, or one of the 192 and 204 byte variants, shows its sync bytes at
// some offset and stride.
bool looksLikeTs(std::span<const std::uint8_t> head) {
  for (const std::size_t stride : {kTsPacketSize, std::size_t{192}, std::size_t{204}}) {
    for (std::size_t offset = 0; offset < stride; ++offset) {
      std::size_t syncs = 0;
      for (std::size_t at = offset; at < head.size() && head[at] == kTsSync; at += stride) ++syncs;
      if (syncs >= 4 || (offset == 0 && syncs * stride >= head.size() && syncs >= 2)) return true;
    }
  }
  return false;
}

}  // namespace

std::string probeContainer(std::span<const std::uint8_t> head) {
  if (head.size() < 8) return {};
  if (startsWith(head, "FLV\x01")) return "flv";
  if (startsWith(head, "\x1a\x45\xdf\xa3")) return "matroska";
  if (startsWith(head, "#EXTM3U") || startsWith(head, "\xef\xbb\xbf#EXTM3U")) return "hls";
  constexpr std::array<std::string_view, 8> kBoxes{"ftyp", "styp", "moov", "moof",
                                                   "sidx", "free", "mdat", "emsg"};
  const std::string_view box(reinterpret_cast<const char*>(head.data()) + 4, 4);
  if (std::find(kBoxes.begin(), kBoxes.end(), box) != kBoxes.end()) return "mov";
  if (head.size() < 2 * kTsPacketSize) return {};
  if (looksLikeTs(head)) return "mpegts";
  return head.size() < kEnough ? std::string() : std::string("?");
}

std::string demuxerFor(const std::string& format) {
  std::string lower(format);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kNames{{
      {"mpegts", "mpegts"},
      {"ts", "mpegts"},
      {"flv", "flv"},
      {"mp4", "mov"},
      {"fmp4", "mov"},
      {"mov", "mov"},
      {"matroska", "matroska"},
      {"mkv", "matroska"},
      {"webm", "matroska"},
      {"hls", "hls"},
      {"m3u8", "hls"},
  }};
  for (const auto& [name, demuxer] : kNames)
    if (name == lower) return std::string(demuxer);
  return {};
}

}  // namespace millrace
