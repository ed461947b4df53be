#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

/// How AV1 is written in MPEG-2 TS, by the Alliance for Open Media's "Carriage of AV1 in MPEG-2
/// TS", section 3.2: each OBU behind a start code (00 00 01), with a byte 03 wherever its own bytes
/// could be taken for one. Everywhere else an access unit is its OBUs one behind the other, each
/// with its size. Any thread.

/// What a PES packet is to hold of an access unit.
std::vector<std::uint8_t> toTsObus(std::span<const std::uint8_t> accessUnit);

struct Av1AccessUnit {
  std::vector<std::uint8_t> bytes;
  /// That OBU, with its size: a decoder can start here, as far as encoders put one where they mean
  /// it to. Empty: there is none.
  std::vector<std::uint8_t> sequenceHeader;
};
/// The access unit in a PES packet. One without start codes, as other muxers than ours write it, is
/// taken as it is; what makes no sense is left out, from there to the end.
Av1AccessUnit fromTsObus(std::span<const std::uint8_t> payload);

}  // namespace millrace
