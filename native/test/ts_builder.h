#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

/// Writes MPEG-TS by hand, so that a test decides about every field.
class TsBuilder {
 public:
  static constexpr int kPmtPid = 0x1000;
  static constexpr int kVideoPid = 0x100;
  static constexpr int kAudioPid = 0x101;

  struct Stream {
    int pid;
    std::uint8_t type;
    std::vector<std::uint8_t> descriptors;
  };
  struct PesOptions {
    bool lengthStated = false;
    bool scrambled = false;
    /// Ends the first TS packet of the PES packet early, with stuffing.
    bool paddedInTheMiddle = false;
    std::uint8_t streamId = 0xe0;
  };

  void tables(const std::vector<Stream>& streams = {{kVideoPid, 0x1b, {}}, {kAudioPid, 0x0f, {}}}) {
    std::vector<std::uint8_t> pat = {0, 1, 0xe0 | kPmtPid >> 8, kPmtPid & 0xff};
    section(0, 0x00, 1, pat);
    std::vector<std::uint8_t> pmt = {0xe0 | kVideoPid >> 8, kVideoPid & 0xff, 0xf0, 0};
    for (const Stream& stream : streams) {
      pmt.insert(pmt.end(),
                 {stream.type, byte(0xe0 | stream.pid >> 8), byte(stream.pid),
                  byte(0xf0 | stream.descriptors.size() >> 8), byte(stream.descriptors.size())});
      pmt.insert(pmt.end(), stream.descriptors.begin(), stream.descriptors.end());
    }
    section(kPmtPid, 0x02, 1, pmt);
  }

  /// One section, over as many TS packets as it needs.
  void section(int pid, std::uint8_t table, int id, std::span<const std::uint8_t> body) {
    const std::size_t length = body.size() + 5 + 4;
    std::vector<std::uint8_t> bytes = {
        0,  // pointer_field
        table, byte(0xb0 | length >> 8), byte(length), byte(id >> 8), byte(id), 0xc1, 0, 0};
    bytes.insert(bytes.end(), body.begin(), body.end());
    std::uint32_t crc = 0xffffffffU;
    for (std::size_t i = 1; i < bytes.size(); ++i) {
      crc ^= static_cast<std::uint32_t>(bytes[i]) << 24;
      for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ (crc & 0x80000000U ? 0x04c11db7U : 0U);
    }
    bytes.insert(bytes.end(), {byte(crc >> 24), byte(crc >> 16), byte(crc >> 8), byte(crc)});
    while ((bytes.size()) % 184 != 0) bytes.push_back(0xff);
    for (std::size_t at = 0; at < bytes.size(); at += 184) {
      packet(pid, at == 0, {}, std::span(bytes).subspan(at, 184));
    }
  }

  /// One PES packet with a pts (90 kHz), the last TS packet padded as muxers do.
  void pes(int pid, std::int64_t pts, std::span<const std::uint8_t> payload) {
    pes(pid, pts, payload, PesOptions{});
  }
  void pes(int pid, std::int64_t pts, std::span<const std::uint8_t> payload,
           const PesOptions& options) {
    const std::size_t length = options.lengthStated ? payload.size() + 8 : 0;
    std::vector<std::uint8_t> bytes = {0,
                                       0,
                                       1,
                                       options.streamId,
                                       byte(length >> 8),
                                       byte(length),
                                       0x84,
                                       0x80,
                                       5,
                                       byte(0x21 | (pts >> 29 & 0x0e)),
                                       byte(pts >> 22),
                                       byte(0x01 | pts >> 14),
                                       byte(pts >> 7),
                                       byte(0x01 | pts << 1)};
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    std::span<const std::uint8_t> rest(bytes);
    bool first = true;
    while (!rest.empty()) {
      std::size_t size = std::min<std::size_t>(184, rest.size());
      if (first && options.paddedInTheMiddle) size = std::min<std::size_t>(size, 100);
      packet(pid, first, padding(184 - size), rest.first(size), options.scrambled ? 0x80 : 0);
      rest = rest.subspan(size);
      first = false;
    }
  }

  /// `adaptation` is the whole adaptation field with its length byte.
  void packet(int pid, bool unitStart, std::span<const std::uint8_t> adaptation,
              std::span<const std::uint8_t> payload, std::uint8_t scrambling = 0) {
    const std::uint8_t counter = counters_[pid]++ & 0x0f;
    bytes_.insert(bytes_.end(), {0x47, byte((unitStart ? 0x40 : 0) | pid >> 8), byte(pid),
                                 byte(scrambling | (adaptation.empty() ? 0x10 : 0x30) | counter)});
    bytes_.insert(bytes_.end(), adaptation.begin(), adaptation.end());
    bytes_.insert(bytes_.end(), payload.begin(), payload.end());
  }

  static std::vector<std::uint8_t> padding(std::size_t size) {
    std::vector<std::uint8_t> field(size, 0xff);
    if (size > 0) field[0] = byte(size - 1);
    if (size > 1) field[1] = 0;
    return field;
  }

  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  std::vector<std::uint8_t>& bytes() { return bytes_; }
  std::size_t packets() const { return bytes_.size() / 188; }

 private:
  static std::uint8_t byte(std::size_t value) { return static_cast<std::uint8_t>(value); }

  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint8_t> counters_ = std::vector<std::uint8_t>(0x2000);
};

}  // namespace millrace
