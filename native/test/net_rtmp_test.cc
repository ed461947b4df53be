#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <iterator>
#include <thread>

#include "loopback_server.h"
#include "media/log_scope.h"
#include "media/net/open.h"
#include "peer_rtmp_server.h"

namespace millrace::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kNever = std::chrono::milliseconds(std::chrono::hours(1));
constexpr auto kSoon = 300ms;
constexpr std::size_t kFlvHeaderBytes = 13;

std::string bigEndian(std::uint32_t value, int bytes) {
  std::string text;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    text += static_cast<char>(value >> shift);
  }
  return text;
}

/// An FLV tag with `payload` as H.264 or AAC data nobody decodes.
std::string flvTag(char type, std::uint32_t timestampMs, const std::string& payload) {
  const auto size = static_cast<std::uint32_t>(payload.size());
  return std::string(1, type) + bigEndian(size, 3) + bigEndian(timestampMs & 0xff'ffff, 3) +
         bigEndian(timestampMs >> 24, 1) + bigEndian(0, 3) + payload + bigEndian(size + 11, 4);
}

const std::string kFlvHeader("FLV\1\5\0\0\0\11\0\0\0\0", kFlvHeaderBytes);

/// A video tag with a keyframe; `mark` makes it recognisable.
std::string keyframe(std::uint32_t timestampMs, const std::string& mark, std::size_t size = 200) {
  return flvTag(9, timestampMs, std::string("\x17\x01\0\0\0", 5) + mark + std::string(size, 'v'));
}

std::string sequenceHeader() {
  // An AVC decoder configuration record with one SPS and one PPS, just well-formed enough.
  static const std::string kRecord(
      "\x01\x42\xc0\x1e\xff\xe1\x00\x08\x67\x42\xc0\x1e\xd9\x00\xa0\x47\x01\x00\x04\x68\xce\x3c"
      "\x80",
      23);
  return flvTag(9, 0, std::string("\x17\0\0\0\0", 5) + kRecord);
}

OutputOptions outputTo(const std::string& url) {
  OutputOptions output;
  output.url = url;
  output.connectTimeout = kNever;
  output.stallTimeout = kNever;
  return output;
}

InputOptions inputFrom(const std::string& url) {
  InputOptions input;
  input.url = url;
  input.connectTimeout = kNever;
  input.stallTimeout = kNever;
  return input;
}

Result<void> write(ByteSink& sink, const std::string& bytes) {
  return sink.write({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

Error writeUntilFailure(ByteSink& sink) {
  for (std::uint32_t ms = 0;; ms += 40) {
    auto sent = write(sink, keyframe(ms, "", 200'000));
    if (!sent) return std::move(sent).error();
  }
}

std::string contentsOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Rtmp : public testing::Test {
 protected:
  void SetUp() override {
    server_ = RtmpServer::start(callback_.url());
    if (!server_) GTEST_SKIP() << "nginx with its RTMP module is not installed";
  }

  /// What the application `asked` was asked, and refuses.
  std::promise<std::string> asked_;
  LoopbackServer callback_{[this](LoopbackConnection& connection) {
    std::string question = connection.readHead();
    question += connection.readSome();
    asked_.set_value(question);
    connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  }};
  std::unique_ptr<RtmpServer> server_;
  LogScope silence_{{[](LogEvent&&) {}}};
};

TEST_F(Rtmp, PublishesEveryTagUpToTheLast) {
  auto sink = openByteSink(outputTo(server_->url("/live/whole")), {}, {});
  ASSERT_TRUE(sink) << sink.error().message << " " << sink.error().cause;
  ASSERT_TRUE(write(**sink, kFlvHeader + sequenceHeader()));
  for (std::uint32_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(write(**sink, keyframe(i * 40, "frame " + std::to_string(i) + ";", 20'000)));
  }
  ASSERT_TRUE((*sink)->finish());
  server_->process().waitFor("deleteStream");
  std::string recorded;
  for (int i = 0; i < 100 && recorded.find("frame 99;") == std::string::npos; ++i) {
    std::this_thread::sleep_for(20ms);
    recorded = contentsOf(server_->recording("whole"));
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(recorded, HasSubstr("frame " + std::to_string(i) + ";"));
  }
}

TEST_F(Rtmp, PlaysWhatIsPublishedUntilThePublicationEnds) {
  auto sink = openByteSink(outputTo(server_->url("/live/relayed")), {}, {});
  ASSERT_TRUE(sink) << sink.error().message;
  ASSERT_TRUE(write(**sink, kFlvHeader + sequenceHeader()));
  std::atomic<bool> enough = false;
  std::jthread publisher([&] {
    for (std::uint32_t ms = 0; !enough; ms += 40) {
      ASSERT_TRUE(write(**sink, keyframe(ms, "relayed")));
      std::this_thread::sleep_for(10ms);
    }
    ASSERT_TRUE((*sink)->finish());
  });

  auto source = openByteSource(inputFrom(server_->url("/live/relayed")), {}, {});
  enough = !source;
  ASSERT_TRUE(source) << source.error().message << " " << source.error().cause;
  std::string received;
  std::vector<std::uint8_t> buffer(65'536);
  while (true) {
    auto count = (*source)->read(buffer);
    ASSERT_TRUE(count) << count.error().message;
    if (*count == 0) break;
    received.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
    if (received.size() > 2'000) enough = true;
  }
  EXPECT_TRUE(received.starts_with("FLV"));
  EXPECT_THAT(received, HasSubstr("relayed"));
}

TEST_F(Rtmp, TellsAPublicationThatTheServerDoesNotAllow) {
  const auto sink = openByteSink(outputTo(server_->url("/asked/secret-key?token=abc")), {}, {});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kUnauthorized) << sink.error().cause;
  EXPECT_EQ(sink.error().url, server_->url("/asked/…"));
  EXPECT_THAT(sink.error().cause + sink.error().message, Not(HasSubstr("secret-key")));
}

TEST_F(Rtmp, TellsTheServerTheNameInTheUrlAlthoughItConnectsToACheckedAddress) {
  AddressPolicy policy;
  policy.allow = {"127.0.0.0/8", "::1"};
  const auto sink = openByteSink(outputTo(server_->url("/asked/key", "localhost")), policy, {});
  ASSERT_FALSE(sink);
  EXPECT_THAT(asked_.get_future().get(), HasSubstr("tcurl=rtmp://localhost:"));
}

TEST_F(Rtmp, TellsAStreamThatIsBeingPublishedAlready) {
  auto first = openByteSink(outputTo(server_->url("/live/taken")), {}, {});
  ASSERT_TRUE(first);
  const auto second = openByteSink(outputTo(server_->url("/live/taken")), {}, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnauthorized) << second.error().cause;
}

TEST_F(Rtmp, ReportsAStreamThatNobodyPublishes) {
  InputOptions input = inputFrom(server_->url("/live/nobody"));
  input.connectTimeout = kSoon;
  const auto source = openByteSource(input, {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kTimedOut);
}

TEST_F(Rtmp, ReportsAServerThatCrashesInMidPublication) {
  auto sink = openByteSink(outputTo(server_->url("/live/crash")), {}, {});
  ASSERT_TRUE(sink);
  ASSERT_TRUE(write(**sink, kFlvHeader + sequenceHeader()));
  server_->process().crash();
  EXPECT_EQ(writeUntilFailure(**sink).code, ErrorCode::kConnectionReset);
}

TEST_F(Rtmp, ReportsAServerThatHangsInMidPublicationAsStalled) {
  OutputOptions output = outputTo(server_->url("/live/hang"));
  output.stallTimeout = kSoon;
  auto sink = openByteSink(output, {}, {});
  ASSERT_TRUE(sink);
  ASSERT_TRUE(write(**sink, kFlvHeader + sequenceHeader()));
  server_->process().freeze();
  EXPECT_EQ(writeUntilFailure(**sink).code, ErrorCode::kStalled);
}

TEST_F(Rtmp, EndsABlockedWriteWhenCancelled) {
  std::stop_source stop;
  auto sink = openByteSink(outputTo(server_->url("/live/hang")), {}, stop.get_token());
  ASSERT_TRUE(sink);
  ASSERT_TRUE(write(**sink, kFlvHeader + sequenceHeader()));
  server_->process().freeze();
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(kSoon);
    stop.request_stop();
  });
  EXPECT_EQ(writeUntilFailure(**sink).code, ErrorCode::kCancelled);
}

TEST_F(Rtmp, EndsTheWaitForAPublisherWhenCancelled) {
  std::stop_source stop;
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(kSoon);
    stop.request_stop();
  });
  const auto source = openByteSource(inputFrom(server_->url("/live/nobody")), {}, stop.get_token());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kCancelled);
}

TEST_F(Rtmp, RefusesAnAddressThatThePolicyDenies) {
  AddressPolicy policy;
  policy.deny = {"127.0.0.0/8", "::1"};
  const auto sink = openByteSink(outputTo(server_->url("/live/key", "localhost")), policy, {});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kAddressDenied);
}

TEST(RtmpConnection, ReportsARefusedConnection) {
  const LogScope silence({[](LogEvent&&) {}});
  const auto sink = openByteSink(
      outputTo("rtmp://127.0.0.1:" + std::to_string(unusedPort()) + "/live/key"), {}, {});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kConnectionRefused);
}

TEST(RtmpConnection, ReportsAConnectionThatIsNeverMade) {
  const LogScope silence({[](LogEvent&&) {}});
  UnansweringPort port;
  OutputOptions output = outputTo("rtmp://127.0.0.1:" + std::to_string(port.port()) + "/live/key");
  output.connectTimeout = kSoon;
  const auto sink = openByteSink(output, {}, {});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kTimedOut);
}

TEST(RtmpConnection, ReportsAServerThatDoesNotSpeakRtmp) {
  const LogScope silence({[](LogEvent&&) {}});
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readSome();
    connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  const auto sink = openByteSink(outputTo(server.url("/live/key", "rtmp")), {}, {});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kProtocol) << sink.error().cause;
}

TEST(RtmpConnection, EndsAHandshakeThatIsNeverAnsweredWhenCancelled) {
  const LogScope silence({[](LogEvent&&) {}});
  std::stop_source stop;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readSome();
    stop.request_stop();
    connection.waitForHangUp();
  });
  const auto sink = openByteSink(outputTo(server.url("/live/key", "rtmp")), {}, stop.get_token());
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace millrace::test
