#include "media/input/access_unit_boundary.h"

#include <algorithm>
#include <optional>

namespace millrace {
namespace {

constexpr std::size_t kPacket = 188;
constexpr std::size_t kM2tsPacket = 192;
constexpr std::size_t kReedSolomonPacket = 204;
constexpr std::uint8_t kSyncByte = 0x47;
constexpr std::uint8_t kNoCounter = 0xff;
/// Noise holds a few sync bytes at the right distance now and then.
constexpr int kConvincingPackets = 8;
constexpr std::size_t kPesHeader = 9;  // Without optional fields.
/// Never part of a PES start code, so that libavformat skips whatever might follow it.
constexpr std::uint8_t kNoPesStart = 0xff;

/// Bytes of an adaptation field behind its length that its flags account for (ISO/IEC
/// 13818-1, 2.4.3.4); nothing when the field contradicts itself.
std::optional<std::size_t> neededAdaptation(std::span<const std::uint8_t> field) {
  const std::uint8_t flags = field[0];
  std::size_t needed = 1;
  if (flags & 0x10) needed += 6;                     // program_clock_reference
  if (flags & 0x08) needed += 6;                     // original_program_clock_reference
  if (flags & 0x04) needed += 1;                     // splice_countdown
  for (const std::uint8_t counted : {0x02, 0x01}) {  // transport_private_data, extension
    if (!(flags & counted)) continue;
    if (needed >= field.size()) return std::nullopt;
    needed += 1U + field[needed];
  }
  if (needed > field.size()) return std::nullopt;
  return needed;
}

/// Whether the adaptation field (without its length byte) holds stuffing. An empty one, and one of
/// a single byte without flags, are there for nothing else.
bool isPadded(std::span<const std::uint8_t> field) {
  if (field.empty() || (field.size() == 1 && field[0] == 0)) return true;
  const auto needed = neededAdaptation(field);
  return needed && field.size() > *needed;
}

/// Appends a TS packet that starts a PES packet with `payload`, padded to size, and that no
/// continuity check trips over: discontinuity_indicator and the counter of the packet before it.
void appendStart(int pid, std::uint8_t counter, std::span<const std::uint8_t> payload,
                 std::vector<std::uint8_t>& out) {
  const std::size_t adaptation = kPacket - 5 - payload.size();
  const std::uint8_t header[] = {
      kSyncByte,
      static_cast<std::uint8_t>(0x40 | pid >> 8),
      static_cast<std::uint8_t>(pid),
      static_cast<std::uint8_t>(0x30 | counter),
      static_cast<std::uint8_t>(adaptation),
      0x80,
  };
  out.insert(out.end(), std::begin(header), std::end(header));
  out.insert(out.end(), adaptation - 1, 0xff);
  out.insert(out.end(), payload.begin(), payload.end());
}

}  // namespace

AccessUnitBoundary::AccessUnitBoundary() { lastCounter_.fill(kNoCounter); }

void AccessUnitBoundary::reset() {
  sync_ = Sync::kSearching;
  pending_.clear();
  programs_.reset();
  lastCounter_.fill(kNoCounter);
  videoPids_.clear();
  strayBytes_ = 0;
  packetsInARow_ = 0;
}

void AccessUnitBoundary::push(std::span<const std::uint8_t> in, std::vector<std::uint8_t>& out) {
  if (sync_ == Sync::kForeign) {
    out.insert(out.end(), in.begin(), in.end());
    return;
  }
  pending_.insert(pending_.end(), in.begin(), in.end());
  std::size_t at = 0;
  while (sync_ == Sync::kPackets188 || synchronise(at, out)) {
    if (sync_ == Sync::kForeign) {
      out.insert(out.end(), pending_.begin() + static_cast<long>(at), pending_.end());
      at = pending_.size();
      break;
    }
    const std::span<const std::uint8_t> rest = std::span(pending_).subspan(at);
    if (rest.empty()) break;
    if (rest[0] != kSyncByte) {
      sync_ = Sync::kSearching;
      packetsInARow_ = 0;
      continue;
    }
    if (rest.size() < kPacket) break;
    packet(rest.first<kPacket>(), out);
    at += kPacket;
    if (++packetsInARow_ == kConvincingPackets) strayBytes_ = 0;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<long>(at));
}

bool AccessUnitBoundary::flush(std::vector<std::uint8_t>& out) {
  const bool whole = pending_.empty();
  out.insert(out.end(), pending_.begin(), pending_.end());
  pending_.clear();
  return whole;
}

/// Looks for three sync bytes at one distance, from `at` in the pending bytes on, and passes what
/// is before them. False when more bytes are needed.
bool AccessUnitBoundary::synchronise(std::size_t& at, std::vector<std::uint8_t>& out) {
  const auto isSync = [&](std::size_t position) { return pending_[position] == kSyncByte; };
  for (; at < pending_.size(); ++at) {
    if (isSync(at)) {
      for (const std::size_t size : {kPacket, kM2tsPacket, kReedSolomonPacket}) {
        if (pending_.size() - at <= 2 * size) return false;
        if (isSync(at + size) && isSync(at + 2 * size)) {
          sync_ = size == kPacket ? Sync::kPackets188 : Sync::kForeign;
          return true;
        }
      }
    }
    out.push_back(pending_[at]);
    ++strayBytes_;
  }
  return false;
}

void AccessUnitBoundary::packet(std::span<const std::uint8_t, kPacket> bytes,
                                std::vector<std::uint8_t>& out) {
  const int pid = (bytes[1] & 0x1f) << 8 | bytes[2];
  const std::uint8_t counterBefore = lastCounter_[pid];
  const Insertion insertion = inspect(bytes, pid);
  if (insertion.continuationBefore) {
    const std::uint8_t start[kPesHeader] = {0, 0, 1, insertion.streamId, 0, 0, 0x80, 0, 0};
    appendStart(pid, counterBefore, start, out);
  }
  out.insert(out.end(), bytes.begin(), bytes.end());
  if (insertion.boundaryBehind) {
    appendStart(pid, lastCounter_[pid], {&kNoPesStart, 1}, out);
    ++boundaries_;
  }
}

AccessUnitBoundary::Insertion AccessUnitBoundary::inspect(
    std::span<const std::uint8_t, kPacket> bytes, int pid) {
  if (!programs_.isTable(pid) && !programs_.isVideo(pid)) return {};
  const bool damaged = (bytes[1] & 0x80) != 0;
  const bool scrambled = (bytes[3] & 0xc0) != 0;
  const bool hasAdaptation = (bytes[3] & 0x20) != 0;
  const std::size_t adaptation = hasAdaptation ? bytes[4] : 0;
  const std::size_t payloadAt = hasAdaptation ? 5 + adaptation : 4;
  if (damaged || scrambled || payloadAt > kPacket) {
    if (const auto video = videoPids_.find(pid); video != videoPids_.end()) {
      video->second.pes = Pes::kUnknown;
    }
    lastCounter_[pid] = kNoCounter;
    return {};
  }
  const bool hasPayload = (bytes[3] & 0x10) != 0 && payloadAt < kPacket;
  if (!hasPayload) return {};

  const std::span<const std::uint8_t> field = bytes.subspan(5, adaptation);
  const bool discontinuity = !field.empty() && (field[0] & 0x80) != 0;
  const std::uint8_t counter = bytes[3] & 0x0f;
  const std::uint8_t last = lastCounter_[pid];
  if (counter == last && !discontinuity) return {};  // Sent twice, as is allowed.
  const bool continuous = last != kNoCounter && counter == ((last + 1) & 0x0f) && !discontinuity;
  lastCounter_[pid] = counter;

  const bool unitStart = (bytes[1] & 0x40) != 0;
  const auto payload = std::span<const std::uint8_t>(bytes).subspan(payloadAt);
  if (programs_.isTable(pid)) {
    programs_.addPayload(pid, payload, unitStart, continuous);
    return {};
  }
  return videoPayload(pid, payload, unitStart, hasAdaptation && isPadded(field), continuous);
}

AccessUnitBoundary::Insertion AccessUnitBoundary::videoPayload(
    int pid, std::span<const std::uint8_t> payload, bool unitStart, bool padded, bool continuous) {
  VideoPid& video = videoPids_[pid];
  if (video.mistaken) return {};
  if (unitStart) {
    video.pes = Pes::kUnknown;
    const bool unbounded = payload.size() >= kPesHeader && payload[0] == 0 && payload[1] == 0 &&
                           payload[2] == 1 && payload[4] == 0 && payload[5] == 0;
    if (!unbounded) return {};
    video.pes = Pes::kUnbounded;
    video.streamId = payload[3];
    const bool headerOnly = payload.size() <= kPesHeader + payload[8];
    if (headerOnly) return {};
  }
  if (video.pes == Pes::kEnded) {
    video.pes = Pes::kUnknown;
    if (!continuous) return {};  // The start of this PES packet was lost.
    video.mistaken = true;
    ++mistakenPids_;
    return {.continuationBefore = true, .streamId = video.streamId};
  }
  if (video.pes != Pes::kUnbounded || !padded) return {};
  video.pes = Pes::kEnded;
  return {.boundaryBehind = true};
}

}  // namespace millrace
