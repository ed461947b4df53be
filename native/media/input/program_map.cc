#include "media/input/program_map.h"

#include <algorithm>
#include <string_view>

namespace millrace {
namespace {

constexpr std::size_t kMaxPrograms = 64;
constexpr std::size_t kMaxVideoPidsPerProgram = 32;
constexpr int kMaxPid = 0x1fff;
constexpr std::uint8_t kPatTable = 0x00;
constexpr std::uint8_t kPmtTable = 0x02;
constexpr std::size_t kSectionHeader = 8;  // Up to and with last_section_number.
constexpr std::size_t kSectionCrc = 4;
constexpr std::size_t kMaxSection = 1024;  // ISO/IEC 13818-1, 2.4.4.4 and 2.4.4.9.
constexpr std::uint8_t kStuffing = 0xff;
constexpr std::uint8_t kPrivateData = 0x06;
constexpr std::uint8_t kRegistrationDescriptor = 0x05;

/// Stream types that libavformat takes for video.
constexpr std::array<std::uint8_t, 13> kVideoStreamTypes = {
    0x01,  // MPEG-1
    0x02,  // MPEG-2
    0x10,  // MPEG-4 part 2
    0x1b,  // H.264
    0x20,  // H.264 MVC
    0x21,  // JPEG 2000
    0x24,  // HEVC
    0x33,  // VVC
    0x42,  // CAVS
    0xd1,  // Dirac
    0xd2,  // AVS2
    0xd4,  // AVS3
    0xea,  // VC-1
};
constexpr std::array<std::string_view, 5> kVideoRegistrations = {"HEVC", "VVC ", "AV01", "VC-1",
                                                                 "drac"};

constexpr std::array<std::uint32_t, 256> makeCrcTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i << 24;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc & 0x80000000U) ? 0x04c11db7U : 0U);
    table[i] = crc;
  }
  return table;
}

/// CRC_32 of ISO/IEC 13818-1 annex A; 0 over a section with its own CRC behind it.
std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = makeCrcTable();
  std::uint32_t crc = 0xffffffffU;
  for (const std::uint8_t byte : bytes) crc = (crc << 8) ^ kTable[(crc >> 24) ^ byte];
  return crc;
}

std::size_t read16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::size_t>(bytes[at]) << 8 | bytes[at + 1];
}

bool isVideoStream(std::uint8_t type, std::span<const std::uint8_t> descriptors) {
  if (std::ranges::find(kVideoStreamTypes, type) != kVideoStreamTypes.end()) return true;
  if (type != kPrivateData) return false;
  while (descriptors.size() >= 2 && descriptors.size() >= 2U + descriptors[1]) {
    const auto body = descriptors.subspan(2, descriptors[1]);
    if (descriptors[0] == kRegistrationDescriptor && body.size() >= 4) {
      const std::string_view name(reinterpret_cast<const char*>(body.data()), 4);
      return std::ranges::find(kVideoRegistrations, name) != kVideoRegistrations.end();
    }
    descriptors = descriptors.subspan(2 + body.size());
  }
  return false;
}

}  // namespace

ProgramMap::ProgramMap() { reset(); }

void ProgramMap::reset() {
  programs_.clear();
  sections_.clear();
  patVersion_ = -1;
  assignRoles();
}

void ProgramMap::addPayload(int pid, std::span<const std::uint8_t> payload, bool unitStart,
                            bool continuous) {
  Section& section = sectionOf(pid);
  if (!continuous) section.bytes.clear();
  if (!unitStart) {
    if (!section.bytes.empty()) addBytes(section, payload);
    return;
  }
  if (payload.empty()) return;
  const std::size_t pointer = payload[0];
  payload = payload.subspan(1);
  if (pointer > payload.size()) {
    section.bytes.clear();
    return;
  }
  if (!section.bytes.empty()) addBytes(section, payload.first(pointer));
  section.bytes.clear();
  addBytes(section, payload.subspan(pointer));
}

void ProgramMap::addBytes(Section& section, std::span<const std::uint8_t> bytes) {
  section.bytes.insert(section.bytes.end(), bytes.begin(), bytes.end());
  std::span<const std::uint8_t> rest(section.bytes);
  while (rest.size() >= 3 && rest[0] != kStuffing) {
    const std::size_t size = 3 + (read16(rest, 1) & 0x0fff);
    if (size > kMaxSection) {
      rest = {};
      break;
    }
    if (rest.size() < size) break;
    readSection(section.pid, rest.first(size));
    rest = rest.subspan(size);
  }
  if (!rest.empty() && rest[0] == kStuffing) rest = {};
  section.bytes.erase(section.bytes.begin(), section.bytes.end() - static_cast<long>(rest.size()));
}

void ProgramMap::readSection(int pid, std::span<const std::uint8_t> section) {
  const bool longForm = (section[1] & 0x80) != 0;
  if (!longForm || section.size() < kSectionHeader + kSectionCrc || crc32(section) != 0) return;
  const bool current = (section[5] & 0x01) != 0;
  if (!current) return;
  const auto body = section.subspan(kSectionHeader, section.size() - kSectionHeader - kSectionCrc);
  if (section[0] == kPatTable && pid == 0) {
    readPat((section[5] >> 1) & 0x1f, body);
  } else if (section[0] == kPmtTable && pid != 0) {
    readPmt(pid, static_cast<int>(read16(section, 3)), body);
  }
}

void ProgramMap::readPat(int version, std::span<const std::uint8_t> body) {
  if (version != patVersion_) programs_.clear();
  bool changed = version != patVersion_;
  patVersion_ = version;
  for (; body.size() >= 4; body = body.subspan(4)) {
    const int number = static_cast<int>(read16(body, 0));
    const int pmtPid = static_cast<int>(read16(body, 2)) & kMaxPid;
    if (number == 0 || pmtPid == 0) continue;  // 0: the network information table.
    const auto known = std::ranges::find(programs_, number, &Program::number);
    if (known != programs_.end()) {
      changed = changed || known->pmtPid != pmtPid;
      known->pmtPid = pmtPid;
    } else if (programs_.size() < kMaxPrograms) {
      programs_.push_back({.number = number, .pmtPid = pmtPid, .videoPids = {}});
      changed = true;
    }
  }
  if (changed) assignRoles();
}

void ProgramMap::readPmt(int pid, int programNumber, std::span<const std::uint8_t> body) {
  const auto program = std::ranges::find_if(programs_, [&](const Program& candidate) {
    return candidate.number == programNumber && candidate.pmtPid == pid;
  });
  if (program == programs_.end() || body.size() < 4) return;
  const std::size_t programInfo = read16(body, 2) & 0x0fff;
  if (body.size() < 4 + programInfo) return;
  body = body.subspan(4 + programInfo);

  std::vector<int> videoPids;
  while (body.size() >= 5) {
    const std::size_t info = read16(body, 3) & 0x0fff;
    if (body.size() < 5 + info) break;
    if (isVideoStream(body[0], body.subspan(5, info)) &&
        videoPids.size() < kMaxVideoPidsPerProgram) {
      videoPids.push_back(static_cast<int>(read16(body, 1)) & kMaxPid);
    }
    body = body.subspan(5 + info);
  }
  if (videoPids == program->videoPids) return;
  program->videoPids = std::move(videoPids);
  assignRoles();
}

void ProgramMap::assignRoles() {
  roles_.fill(Role::kOther);
  for (const Program& program : programs_) {
    for (const int pid : program.videoPids) roles_[pid] = Role::kVideo;
  }
  for (const Program& program : programs_) roles_[program.pmtPid] = Role::kPmt;
  roles_[0] = Role::kPat;
}

ProgramMap::Section& ProgramMap::sectionOf(int pid) {
  const auto known = std::ranges::find(sections_, pid, &Section::pid);
  if (known != sections_.end()) return *known;
  // PMT PIDs that a new PAT no longer names stay behind; a stream cannot have more than this at
  // once.
  if (sections_.size() > kMaxPrograms) sections_.clear();
  return sections_.emplace_back(Section{.pid = pid, .bytes = {}});
}

}  // namespace millrace
