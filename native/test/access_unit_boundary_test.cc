#include "media/input/access_unit_boundary.h"

extern "C" {
#include <libavformat/avformat.h>
}

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "real_streams.h"
#include "ts_builder.h"

namespace millrace {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint8_t byte(std::size_t value) { return static_cast<std::uint8_t>(value); }

constexpr int kVideo = TsBuilder::kVideoPid;
constexpr int kAudio = TsBuilder::kAudioPid;

struct Demuxed {
  int pid = 0;
  bool video = false;
  std::int64_t pts = 0;
  std::int64_t dts = 0;
  int flags = 0;
  Bytes data;
  std::size_t packetsRead = 0;  ///< TS packets of the source the demuxer had seen by then.

  bool operator==(const Demuxed& other) const {
    return pid == other.pid && pts == other.pts && dts == other.dts && flags == other.flags &&
           data == other.data;
  }
};

/// A source that hands libavformat one TS packet at a time, through a filter or not.
struct PacketwiseSource {
  const Bytes& bytes;
  AccessUnitBoundary* filter;
  std::size_t at = 0;
  Bytes ready{};

  static int read(void* opaque, std::uint8_t* buffer, int size) {
    auto& self = *static_cast<PacketwiseSource*>(opaque);
    while (self.ready.empty()) {
      if (self.at == self.bytes.size()) {
        if (self.filter != nullptr) self.filter->flush(self.ready);
        if (self.ready.empty()) return AVERROR_EOF;
        break;
      }
      const std::size_t next = std::min<std::size_t>(188, self.bytes.size() - self.at);
      const auto chunk = std::span(self.bytes).subspan(self.at, next);
      self.at += next;
      if (self.filter != nullptr) {
        self.filter->push(chunk, self.ready);
      } else {
        self.ready.assign(chunk.begin(), chunk.end());
      }
    }
    const int count = std::min(size, static_cast<int>(self.ready.size()));
    std::copy_n(self.ready.begin(), count, buffer);
    self.ready.erase(self.ready.begin(), self.ready.begin() + count);
    return count;
  }
};

std::vector<Demuxed> demux(const Bytes& bytes, AccessUnitBoundary* filter) {
  av_log_set_level(AV_LOG_FATAL);  // It complains of timestamps that real streams have.
  PacketwiseSource source{.bytes = bytes, .filter = filter};
  AVFormatContext* format = avformat_alloc_context();
  constexpr int kBuffer = 64 * 1024;
  format->pb = avio_alloc_context(static_cast<unsigned char*>(av_malloc(kBuffer)), kBuffer, 0,
                                  &source, &PacketwiseSource::read, nullptr, nullptr);
  AVIOContext* io = format->pb;
  format->flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN | AVFMT_FLAG_CUSTOM_IO;
  format->probesize = 188 * 12;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "max_packet_size", "8388608", 0);  // Larger ones would be cut in two.
  std::vector<Demuxed> packets;
  if (avformat_open_input(&format, nullptr, av_find_input_format("mpegts"), &options) >= 0) {
    AVPacket* packet = av_packet_alloc();
    while (av_read_frame(format, packet) >= 0) {
      const AVStream& stream = *format->streams[packet->stream_index];
      packets.push_back({.pid = stream.id,
                         .video = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO,
                         .pts = packet->pts,
                         .dts = packet->dts,
                         .flags = packet->flags,
                         .data = Bytes(packet->data, packet->data + packet->size),
                         .packetsRead = source.at / 188});
      av_packet_unref(packet);
    }
    av_packet_free(&packet);
    avformat_close_input(&format);
  }
  av_dict_free(&options);
  av_freep(&io->buffer);
  avio_context_free(&io);
  return packets;
}

/// The packets of one PID: the filter changes when a packet comes, so how PIDs interleave.
std::vector<Demuxed> ofPid(const std::vector<Demuxed>& packets, int pid) {
  std::vector<Demuxed> found;
  std::ranges::copy_if(packets, std::back_inserter(found),
                       [&](const Demuxed& packet) { return packet.pid == pid; });
  return found;
}

std::map<int, std::size_t> countPerPid(const std::vector<Demuxed>& packets) {
  std::map<int, std::size_t> counts;
  for (const Demuxed& packet : packets) ++counts[packet.pid];
  return counts;
}

void expectSamePackets(const std::vector<Demuxed>& filtered, const std::vector<Demuxed>& plain) {
  ASSERT_EQ(countPerPid(filtered), countPerPid(plain));
  for (const auto& [pid, count] : countPerPid(plain)) {
    EXPECT_TRUE(ofPid(filtered, pid) == ofPid(plain, pid)) << "PID " << pid;
  }
}

/// Where the PES packets of a PID end: the TS packet after their last one, and the one after that
/// of the next PES packet's start.
struct PesEnd {
  std::size_t ownLast;
  std::size_t nextStart;
};
std::vector<PesEnd> pesEnds(const Bytes& bytes, int pid) {
  std::vector<PesEnd> ends;
  std::size_t last = 0;
  for (std::size_t at = 0; at + 188 <= bytes.size(); at += 188) {
    if (((bytes[at + 1] & 0x1f) << 8 | bytes[at + 2]) != pid || !(bytes[at + 3] & 0x10)) continue;
    const std::size_t count = at / 188 + 1;
    if (bytes[at + 1] & 0x40 && last != 0) ends.push_back({.ownLast = last, .nextStart = count});
    last = count;
  }
  return ends;
}

Bytes somePayload(std::size_t size, std::uint8_t seed) {
  Bytes payload = {0, 0, 0, 1, 0x09, 0xf0, 0, 0, 0, 1, 0x41};
  for (std::size_t i = payload.size(); i < size; ++i) payload.push_back(byte(seed + i * 7) | 1);
  payload.resize(size);
  return payload;
}

Bytes filter(const Bytes& bytes, std::size_t chunk = 0) {
  AccessUnitBoundary boundary;
  Bytes out;
  if (chunk == 0) chunk = bytes.size();
  for (std::size_t at = 0; at < bytes.size(); at += chunk) {
    boundary.push(std::span(bytes).subspan(at, std::min(chunk, bytes.size() - at)), out);
  }
  boundary.flush(out);
  return out;
}

/// A second of video in PES packets without a length, and some audio between them.
TsBuilder video(int count = 30) {
  TsBuilder ts;
  ts.tables();
  for (int i = 0; i < count; ++i) {
    ts.pes(kVideo, 90'000 + i * 3'000, somePayload(300 + i * 97, byte(i)));
    ts.pes(kAudio, 90'000 + i * 3'000, somePayload(120, byte(i)),
           {.lengthStated = true, .streamId = 0xc0});
  }
  return ts;
}

class RealStream : public testing::TestWithParam<const char*> {};

}  // namespace

TEST(AccessUnitBoundary, ChangesNothingAboutThePacketsLibavformatReturns) {
  const Bytes bytes = video().bytes();
  AccessUnitBoundary boundary;
  const auto plain = demux(bytes, nullptr);
  ASSERT_EQ(ofPid(plain, kVideo).size(), 30U);
  expectSamePackets(demux(bytes, &boundary), plain);
  EXPECT_EQ(boundary.boundaries(), 30);
  EXPECT_EQ(boundary.mistakenPids(), 0);
}

TEST(AccessUnitBoundary, MakesLibavformatReturnAnAccessUnitAtItsOwnLastPacket) {
  const Bytes bytes = video().bytes();
  AccessUnitBoundary boundary;
  const auto filtered = ofPid(demux(bytes, &boundary), kVideo);
  const auto plain = ofPid(demux(bytes, nullptr), kVideo);
  const auto ends = pesEnds(bytes, kVideo);
  // The first ones are read together, while libavformat finds out the packet size.
  for (std::size_t i = 5; i < ends.size(); ++i) {
    EXPECT_EQ(filtered[i].packetsRead, ends[i].ownLast) << "access unit " << i;
    EXPECT_EQ(plain[i].packetsRead, ends[i].nextStart) << "access unit " << i;
  }
}

TEST(AccessUnitBoundary, ReturnsAnAccessUnitThatFitsOneTsPacketAtOnce) {
  TsBuilder ts;
  ts.tables();
  for (int i = 0; i < 40; ++i) ts.pes(kVideo, i * 3'000, somePayload(40, byte(i)));
  AccessUnitBoundary boundary;
  const auto filtered = ofPid(demux(ts.bytes(), &boundary), kVideo);
  expectSamePackets(filtered, ofPid(demux(ts.bytes(), nullptr), kVideo));
  EXPECT_EQ(boundary.boundaries(), 40);
  EXPECT_EQ(filtered[30].packetsRead, 33U);
}

TEST(AccessUnitBoundary, WaitsForTheNextStartWhenTheLastPacketNeedsNoPadding) {
  TsBuilder ts;
  ts.tables();
  for (int i = 0; i < 10; ++i) ts.pes(kVideo, i * 3'000, somePayload(2 * 184 - 14, byte(i)));
  AccessUnitBoundary boundary;
  expectSamePackets(demux(ts.bytes(), &boundary), demux(ts.bytes(), nullptr));
  EXPECT_EQ(boundary.boundaries(), 0);
}

TEST(AccessUnitBoundary, TakesAnEmptyAdaptationFieldForThePaddingItIs) {
  TsBuilder ts;
  ts.tables();
  // One and two bytes short of full: adaptation_field_length 0 and 1.
  for (const std::size_t size : {2 * 184 - 14 - 1, 2 * 184 - 14 - 2}) {
    ts.pes(kVideo, 0, somePayload(size, 1));
  }
  AccessUnitBoundary boundary;
  Bytes out;
  boundary.push(ts.bytes(), out);
  EXPECT_EQ(boundary.boundaries(), 2);
}

TEST(AccessUnitBoundary, TakesNoFieldThatItsFlagsAccountForAsPadding) {
  TsBuilder ts;
  ts.tables();
  const Bytes payload = somePayload(600, 3);
  Bytes start = {0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0};
  // PCR; PCR, OPCR, splice countdown and two bytes of private data; random access indicator alone.
  const std::vector<Bytes> fields = {
      {7, 0x10, 0, 0, 0, 0, 0x7e, 0},
      {17, 0x1e, 0, 0, 0, 0, 0x7e, 0, 0, 0, 0, 0, 0x7e, 0, 5, 2, 0xab, 0xcd},
      {1, 0x40}};
  for (const Bytes& field : fields) {
    Bytes first = start;
    first.insert(first.end(), payload.begin(), payload.end());
    ts.packet(kVideo, true, field, std::span(first).first(184 - field.size()));
    ts.packet(kVideo, false, {}, std::span(payload).first(184));
    ts.packet(kVideo, false, field, std::span(payload).first(184 - field.size()));
  }
  AccessUnitBoundary boundary;
  Bytes out;
  boundary.push(ts.bytes(), out);
  EXPECT_EQ(boundary.boundaries(), 0);
  EXPECT_EQ(out, ts.bytes());
}

TEST(AccessUnitBoundary, LeavesPesPacketsWithALengthToLibavformat) {
  TsBuilder ts;
  ts.tables();
  for (int i = 0; i < 20; ++i) {
    ts.pes(kVideo, i * 3'000, somePayload(1'000, byte(i)), {.lengthStated = true});
  }
  EXPECT_EQ(filter(ts.bytes()), ts.bytes());
}

TEST(AccessUnitBoundary, LeavesAudioAlone) {
  TsBuilder ts;
  ts.tables();
  for (int i = 0; i < 20; ++i)
    ts.pes(kAudio, i * 3'000, somePayload(1'000, byte(i)), {.streamId = 0xc0});
  EXPECT_EQ(filter(ts.bytes()), ts.bytes());
}

TEST(AccessUnitBoundary, PassesScrambledPackets) {
  TsBuilder ts;
  ts.tables();
  for (int i = 0; i < 20; ++i)
    ts.pes(kVideo, i * 3'000, somePayload(1'000, byte(i)), {.scrambled = true});
  EXPECT_EQ(filter(ts.bytes()), ts.bytes());
}

TEST(AccessUnitBoundary, KnowsVideoByItsRegistrationWhenTheStreamTypeIsPrivate) {
  TsBuilder ts;
  ts.tables({{kVideo, 0x06, {0x05, 4, 'H', 'E', 'V', 'C'}},
             {kAudio, 0x06, {0x05, 4, 'O', 'p', 'u', 's'}}});
  ts.pes(kVideo, 0, somePayload(500, 1));
  ts.pes(kAudio, 0, somePayload(500, 1), {.streamId = 0xbd});
  AccessUnitBoundary boundary;
  Bytes out;
  boundary.push(ts.bytes(), out);
  EXPECT_EQ(boundary.boundaries(), 1);
}

TEST(AccessUnitBoundary, ReadsAPmtThatSpansPackets) {
  Bytes language(200, 0x55);
  language[0] = 0x0a;
  language[1] = 198;
  TsBuilder ts;
  ts.tables({{kAudio, 0x0f, language}, {0x102, 0x0f, language}, {kVideo, 0x1b, {}}});
  ts.pes(kVideo, 0, somePayload(500, 1));
  AccessUnitBoundary boundary;
  Bytes out;
  boundary.push(ts.bytes(), out);
  EXPECT_EQ(boundary.boundaries(), 1);
}

TEST(AccessUnitBoundary, IgnoresTablesWithAWrongChecksum) {
  TsBuilder ts;
  ts.tables();
  ts.bytes()[188 + 30] ^= 1;  // The last byte of the PMT's CRC.
  ts.pes(kVideo, 0, somePayload(500, 1));
  EXPECT_EQ(filter(ts.bytes()), ts.bytes());
}

TEST(AccessUnitBoundary, GivesTheSameForChunksOfAnySize) {
  const Bytes bytes = video().bytes();
  const Bytes whole = filter(bytes);
  for (const std::size_t chunk : {1U, 7U, 187U, 188U, 189U, 1316U, 4096U}) {
    EXPECT_EQ(filter(bytes, chunk), whole) << "chunks of " << chunk;
  }
}

TEST(AccessUnitBoundary, FindsPacketsBehindGarbage) {
  const TsBuilder ts = video();
  Bytes bytes(1'000, 0x47);  // The worst garbage: nothing but sync bytes.
  bytes.insert(bytes.end(), 333, 0x00);
  bytes.insert(bytes.end(), ts.bytes().begin(), ts.bytes().end());
  bytes.insert(bytes.begin() + 1'333 + 188 * 30, {1, 2, 3});  // And once more in the middle.
  AccessUnitBoundary boundary;
  Bytes out;
  boundary.push(bytes, out);
  boundary.flush(out);
  EXPECT_EQ(boundary.boundaries(), 30);
  EXPECT_EQ(out.size(), bytes.size() + 30 * 188);
}

TEST(AccessUnitBoundary, PassesPacketsOf192And204BytesUntouched) {
  const Bytes plain = video().bytes();
  for (const auto& [before, behind] : {std::pair<int, int>{4, 0}, {0, 16}}) {
    Bytes bytes;
    for (std::size_t at = 0; at < plain.size(); at += 188) {
      bytes.insert(bytes.end(), static_cast<std::size_t>(before), 0x20);
      bytes.insert(bytes.end(), plain.begin() + static_cast<long>(at),
                   plain.begin() + static_cast<long>(at) + 188);
      bytes.insert(bytes.end(), static_cast<std::size_t>(behind), 0x20);
    }
    EXPECT_EQ(filter(bytes, 100), bytes);
  }
}

TEST(AccessUnitBoundary, PassesWhatIsNoTransportStream) {
  Bytes bytes(10'000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = byte(i * i >> 3);
  EXPECT_EQ(filter(bytes, 1'000), bytes);
}

TEST(AccessUnitBoundary, LosesNoByteWhenPaddingTurnsOutToBeInTheMiddle) {
  TsBuilder ts;
  ts.tables();
  for (int i = 0; i < 20; ++i) {
    ts.pes(kVideo, i * 3'000, somePayload(1'000, byte(i)),
           {.paddedInTheMiddle = i == 10 || i == 15});
  }
  AccessUnitBoundary boundary;
  const auto filtered = ofPid(demux(ts.bytes(), &boundary), kVideo);
  const auto plain = ofPid(demux(ts.bytes(), nullptr), kVideo);
  ASSERT_EQ(plain.size(), 20U);
  ASSERT_EQ(filtered.size(), 21U);
  Bytes together = filtered[10].data;
  together.insert(together.end(), filtered[11].data.begin(), filtered[11].data.end());
  EXPECT_EQ(together, plain[10].data);
  EXPECT_EQ(filtered[10].pts, plain[10].pts);
  EXPECT_EQ(filtered[11].pts, AV_NOPTS_VALUE);
  EXPECT_EQ(filtered[11].flags & AV_PKT_FLAG_CORRUPT, 0);
  EXPECT_EQ(boundary.mistakenPids(), 1);
  EXPECT_EQ(boundary.boundaries(), 11) << "the PID is left alone from then on";
}

TEST(AccessUnitBoundary, DoesNotTakeALostStartForPaddingInTheMiddle) {
  TsBuilder ts = video();
  const auto ends = pesEnds(ts.bytes(), kVideo);
  const auto start = ts.bytes().begin() + static_cast<long>((ends[10].nextStart - 1) * 188);
  ts.bytes().erase(start, start + 188);
  AccessUnitBoundary boundary;
  const auto filtered = ofPid(demux(ts.bytes(), &boundary), kVideo);
  EXPECT_EQ(boundary.mistakenPids(), 0);
  EXPECT_EQ(filtered.size(), 29U);
  EXPECT_EQ(boundary.boundaries(), 29);
}

TEST(AccessUnitBoundary, TakesAPacketOfATableSentTwiceOnce) {
  Bytes language(200, 0x55);
  language[0] = 0x0a;
  language[1] = 198;
  TsBuilder ts;
  ts.tables({{kAudio, 0x0f, language}, {0x102, 0x0f, language}, {kVideo, 0x1b, {}}});
  const auto secondOfPmt = ts.bytes().begin() + 188 * 2;
  const Bytes copy(secondOfPmt, secondOfPmt + 188);
  ts.bytes().insert(secondOfPmt, copy.begin(), copy.end());
  ts.pes(kVideo, 0, somePayload(500, 1));
  AccessUnitBoundary boundary;
  Bytes out;
  boundary.push(ts.bytes(), out);
  EXPECT_EQ(boundary.boundaries(), 1);
}

TEST(AccessUnitBoundary, TakesAnEndSentTwiceForOneEnd) {
  TsBuilder ts = video();
  const auto ends = pesEnds(ts.bytes(), kVideo);
  const auto last = ts.bytes().begin() + static_cast<long>((ends[10].ownLast - 1) * 188);
  const Bytes copy(last, last + 188);
  ts.bytes().insert(last, copy.begin(), copy.end());
  AccessUnitBoundary boundary;
  Bytes out;
  boundary.push(ts.bytes(), out);
  EXPECT_EQ(boundary.boundaries(), 30);
  EXPECT_EQ(boundary.mistakenPids(), 0);
}

TEST(AccessUnitBoundary, StartsAfreshAfterReset) {
  const TsBuilder ts = video();
  AccessUnitBoundary boundary;
  Bytes first;
  boundary.push(std::span(ts.bytes()).first(188 * 40 + 50), first);
  boundary.reset();
  const std::int64_t before = boundary.boundaries();
  Bytes second;
  boundary.push(ts.bytes(), second);
  EXPECT_EQ(second, filter(ts.bytes()));
  EXPECT_EQ(boundary.boundaries() - before, 30);
}

TEST_P(RealStream, DemuxesToTheSamePacketsEachAtItsOwnEnd) {
  const std::filesystem::path path = realStream(GetParam());
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  std::ifstream file(path, std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(file), {}};

  AccessUnitBoundary boundary;
  const auto plain = demux(bytes, nullptr);
  const auto filtered = demux(bytes, &boundary);
  expectSamePackets(filtered, plain);
  EXPECT_EQ(boundary.mistakenPids(), 0);

  std::size_t early = 0;
  for (const auto& [pid, count] : countPerPid(filtered)) {
    const auto packets = ofPid(filtered, pid);
    if (!packets.front().video) continue;
    const auto ends = pesEnds(bytes, pid);
    ASSERT_EQ(ends.size() + 1, packets.size());
    for (std::size_t i = 0; i < ends.size(); ++i) {
      early += packets[i].packetsRead < ends[i].nextStart ? 1 : 0;
    }
    EXPECT_GE(early * 100, ends.size() * 90) << "access units at their own end: " << early;
  }
}

INSTANTIATE_TEST_SUITE_P(AccessUnitBoundary, RealStream,
                         testing::Values("bad-cuvid.ts", "kryp-1.ts", "kryp-2.ts", "portrait.ts",
                                         "sample_0_409_17041.ts", "test_short.ts", "yuv422.ts",
                                         "zero-frame.ts"),
                         [](const auto& stream) {
                           std::string name = stream.param;
                           std::ranges::replace_if(
                               name, [](char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

}  // namespace millrace
