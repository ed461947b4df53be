#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace millrace {

/// Names the container from a source's first bytes, with no more of them than needed: waiting for
/// more costs start-up time. Returns libavformat's demuxer name (mpegts, flv, mov, matroska, hls),
/// an empty string while there are too few bytes to tell, or `?` when it is none of them.
std::string probeContainer(std::span<const std::uint8_t> head);

/// The demuxer name for what a user calls a format (`mp4` → `mov`, `ts` → `mpegts`); empty:
/// unknown.
std::string demuxerFor(const std::string& format);

}  // namespace millrace
