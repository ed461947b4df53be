#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "media/input/program_map.h"

namespace millrace {

/// A filter between the bytes of an MPEG-TS source and libavformat's demuxer that makes the demuxer
/// return an access unit when its own last byte is there, not when the next one starts.
///
/// A muxer pads the last TS packet of a PES packet with adaptation-field stuffing, so a padded
/// packet of a video PID ends an access unit. Behind it the filter puts a packet that looks like
/// the start of the next PES packet, at which libavformat hands out the pending one; libavformat
/// skips its one payload byte when the real start comes. Nothing is put behind PES packets that
/// state their length (libavformat knows their end), scrambled or damaged packets, and the one
/// packet in 184 that needs no padding: those come out as they would without the filter.
///
/// Padding in the middle of a PES packet is legal though nobody is known to write it. When that
/// shows, the filter opens a continuation PES packet without timestamps, so that no byte is lost,
/// and leaves that PID alone from then on; the reader sees a packet that starts in mid-picture.
///
/// The other bytes pass unchanged and in order. Packets of 188 bytes are understood; 192 (M2TS) and
/// 204 (with Reed-Solomon) byte packets, and what is no transport stream at all, pass untouched.
/// One thread.
class AccessUnitBoundary {
 public:
  AccessUnitBoundary();

  /// Appends to `out` every whole packet that `in` completes, with boundaries. Takes chunks of any
  /// size; holds back less than one packet, or while looking for packets at most 408 bytes.
  void push(std::span<const std::uint8_t> in, std::vector<std::uint8_t>& out);

  /// Appends what is held back: the source ended. False: in the middle of a packet.
  bool flush(std::vector<std::uint8_t>& out);

  /// Forgets everything, for a new connection to the source.
  void reset();

  /// Boundaries put in so far.
  std::int64_t boundaries() const { return boundaries_; }
  /// Bytes passed that are no packets, since packets last came one after the other.
  std::int64_t strayBytes() const { return strayBytes_; }
  /// PIDs left alone because their padding was found not to end access units.
  int mistakenPids() const { return mistakenPids_; }

 private:
  enum class Sync : std::uint8_t {
    kSearching,
    kPackets188,
    kForeign,  ///< 192 or 204 bytes: pass everything.
  };
  enum class Pes : std::uint8_t {
    kUnknown,    ///< No start seen, or its length is stated, or it is scrambled or damaged.
    kUnbounded,  ///< Of unstated length, in progress.
    kEnded,      ///< A boundary was put behind it.
  };
  struct VideoPid {
    Pes pes = Pes::kUnknown;
    bool mistaken = false;
    std::uint8_t streamId = 0xe0;
  };
  /// What is around one packet.
  struct Insertion {
    bool continuationBefore = false;
    bool boundaryBehind = false;
    std::uint8_t streamId = 0xe0;  ///< Of the continuation.
  };

  bool synchronise(std::size_t& at, std::vector<std::uint8_t>& out);
  void packet(std::span<const std::uint8_t, 188> bytes, std::vector<std::uint8_t>& out);
  Insertion inspect(std::span<const std::uint8_t, 188> bytes, int pid);
  Insertion videoPayload(int pid, std::span<const std::uint8_t> payload, bool unitStart,
                         bool padded, bool continuous);

  Sync sync_ = Sync::kSearching;
  std::vector<std::uint8_t> pending_;  ///< Bytes of an incomplete packet, or not yet synchronised.
  ProgramMap programs_;
  std::array<std::uint8_t, 0x2000> lastCounter_;  ///< Of each PID; kNoCounter: none yet.
  std::unordered_map<int, VideoPid> videoPids_;
  std::int64_t boundaries_ = 0;
  std::int64_t strayBytes_ = 0;
  int packetsInARow_ = 0;
  int mistakenPids_ = 0;
};

}  // namespace millrace
