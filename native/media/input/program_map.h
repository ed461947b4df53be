#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

/// Learns from an MPEG-TS's PAT and PMTs which PIDs carry video. Sections may span packets and
/// share one; each is taken only when its CRC is right. Memory is bounded whatever the stream says:
/// 64 programs, 32 video PIDs each. One thread.
class ProgramMap {
 public:
  /// Whether packets of this PID belong to the tables, so that `addPayload` wants them.
  bool isTable(int pid) const { return roles_[pid] == Role::kPat || roles_[pid] == Role::kPmt; }
  bool isVideo(int pid) const { return roles_[pid] == Role::kVideo; }

  /// Takes the payload of one TS packet of a table PID (0 to 0x1fff). `unitStart` is the packet's
  /// payload_unit_start_indicator, `continuous` false when packets of this PID were lost before it.
  void addPayload(int pid, std::span<const std::uint8_t> payload, bool unitStart, bool continuous);

  /// Forgets everything, for a new source.
  void reset();

  ProgramMap();

 private:
  enum class Role : std::uint8_t { kOther, kPat, kPmt, kVideo };
  struct Program {
    int number = 0;
    int pmtPid = 0;
    std::vector<int> videoPids;
  };
  struct Section {
    int pid = 0;
    std::vector<std::uint8_t> bytes;  ///< Empty: waiting for a unit start.
  };

  void addBytes(Section& section, std::span<const std::uint8_t> bytes);
  void readSection(int pid, std::span<const std::uint8_t> section);
  void readPat(int version, std::span<const std::uint8_t> body);
  void readPmt(int pid, int programNumber, std::span<const std::uint8_t> body);
  void assignRoles();
  Section& sectionOf(int pid);

  std::array<Role, 0x2000> roles_;
  std::vector<Program> programs_;
  std::vector<Section> sections_;
  int patVersion_ = -1;  ///< -1: no PAT yet.
};

}  // namespace millrace
