#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <thread>

#include "media/log_scope.h"
#include "media/net/open.h"
#include "peer_process.h"

namespace millrace::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kNever = std::chrono::milliseconds(std::chrono::hours(1));
constexpr auto kSoon = 300ms;
constexpr std::size_t kPacketBytes = 1'316;

std::uint16_t unusedUdpPort() {
  const FileDescriptor probe(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(probe.get(), generic, length), 0);
  EXPECT_EQ(getsockname(probe.get(), generic, &length), 0);
  return ntohs(address.sin_port);
}

std::string srtUrl(std::uint16_t port, const std::string& query = "") {
  return "srt://127.0.0.1:" + std::to_string(port) + query;
}

InputOptions inputFrom(const std::string& url) {
  InputOptions input;
  input.url = url;
  input.connectTimeout = kNever;
  input.stallTimeout = kNever;
  return input;
}

OutputOptions outputTo(const std::string& url) {
  OutputOptions output;
  output.url = url;
  output.connectTimeout = kNever;
  output.stallTimeout = kNever;
  return output;
}

/// `count` packets' worth of numbered lines, in seven-packet writes like a muxer's.
std::string numbered(std::size_t count) {
  std::string bytes;
  for (int i = 0; bytes.size() < count * kPacketBytes; ++i) bytes += std::to_string(i) + "\n";
  bytes.resize(count * kPacketBytes);
  return bytes;
}

Result<void> write(ByteSink& sink, std::string_view bytes) {
  return sink.write({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

class Srt : public testing::Test {
 protected:
  void SetUp() override {
    if (!isInstalled("srt-live-transmit")) GTEST_SKIP() << "srt-live-transmit is not installed";
  }

  /// srt-live-transmit listening, ready or about to be: a caller tries until it is.
  std::unique_ptr<PeerProcess> listener(const std::string& from, const std::string& to) const {
    return std::make_unique<PeerProcess>(
        std::vector<std::string>{"srt-live-transmit", "-loglevel:fatal", "-chunk:1316", from, to});
  }

  const std::uint16_t port_ = unusedUdpPort();
  LogScope silence_{{[](LogEvent&&) {}}};
};

TEST_F(Srt, SendsEveryByteUpToTheLast) {
  const auto peer = listener(srtUrl(port_, "?mode=listener"), "file://con");
  auto sink = openByteSink(outputTo(srtUrl(port_)), {}, {});
  ASSERT_TRUE(sink) << sink.error().message << " " << sink.error().cause;
  const std::string sent = numbered(700);
  // An access unit at a time; the last one is no multiple of a datagram.
  constexpr std::size_t kUnit = 10'340;
  for (std::size_t at = 0; at < sent.size(); at += kUnit) {
    ASSERT_TRUE(write(**sink, std::string_view(sent).substr(at, kUnit)));
    std::this_thread::sleep_for(2ms);
  }
  ASSERT_TRUE((*sink)->finish());
  sink->reset();
  for (int i = 0; i < 100 && peer->output().size() < sent.size(); ++i) {
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(peer->output().size(), sent.size());
  EXPECT_TRUE(peer->output() == sent);
}

TEST_F(Srt, ReadsUntilTheSenderCloses) {
  const auto peer = listener("file://con", srtUrl(port_, "?mode=listener"));
  auto source = openByteSource(inputFrom(srtUrl(port_)), {}, {});
  ASSERT_TRUE(source) << source.error().message << " " << source.error().cause;
  const std::string packet = numbered(1);
  const std::jthread feeder([&](const std::stop_token& over) {
    while (!over.stop_requested()) {
      peer->writeInput(packet);
      std::this_thread::sleep_for(5ms);
    }
  });
  std::size_t received = 0;
  std::vector<std::uint8_t> buffer(65'536);
  while (true) {
    const auto count = (*source)->read(buffer);
    ASSERT_TRUE(count) << count.error().message;
    if (*count == 0) break;
    // One message at a time, as it was sent.
    ASSERT_EQ(std::string(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count)),
              packet);
    if (++received == 20) peer->interrupt();
  }
  EXPECT_GE(received, 20U);
}

TEST_F(Srt, TellsAWrongPassphrase) {
  const auto peer =
      listener(srtUrl(port_, "?mode=listener&passphrase=correct-horse"), "file://con");
  const std::string url = srtUrl(port_, "?passphrase=battery-staple");
  const auto sink = openByteSink(outputTo(url), {}, {});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kUnauthorized) << sink.error().cause;
  EXPECT_EQ(sink.error().url, srtUrl(port_, "?…"));
  EXPECT_EQ(sink.error().cause.find("battery"), std::string::npos);
}

TEST_F(Srt, ReportsAPeerThatIsNotThere) {
  OutputOptions output = outputTo(srtUrl(port_));
  output.connectTimeout = kSoon;
  const auto sink = openByteSink(output, {}, {});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kTimedOut);
}

TEST_F(Srt, EndsAConnectionAttemptWhenCancelled) {
  std::stop_source stop;
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(kSoon);
    stop.request_stop();
  });
  const auto source = openByteSource(inputFrom(srtUrl(port_)), {}, stop.get_token());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kCancelled);
}

TEST_F(Srt, ReportsASilentSenderAsStalled) {
  const auto peer = listener("file://con", srtUrl(port_, "?mode=listener"));
  InputOptions input = inputFrom(srtUrl(port_));
  input.stallTimeout = kSoon;
  auto source = openByteSource(input, {}, {});
  ASSERT_TRUE(source);
  std::vector<std::uint8_t> buffer(65'536);
  const auto count = (*source)->read(buffer);
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, ErrorCode::kStalled);
}

TEST_F(Srt, EndsAStalledReadWhenCancelled) {
  std::stop_source stop;
  const auto peer = listener("file://con", srtUrl(port_, "?mode=listener"));
  auto source = openByteSource(inputFrom(srtUrl(port_)), {}, stop.get_token());
  ASSERT_TRUE(source);
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(kSoon);
    stop.request_stop();
  });
  std::vector<std::uint8_t> buffer(65'536);
  const auto count = (*source)->read(buffer);
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, ErrorCode::kCancelled);
}

TEST_F(Srt, ReportsAReceiverThatVanishes) {
  const auto peer = listener(srtUrl(port_, "?mode=listener"), "file://con");
  auto sink = openByteSink(outputTo(srtUrl(port_)), {}, {});
  ASSERT_TRUE(sink);
  ASSERT_TRUE(write(**sink, numbered(7)));
  peer->crash();
  Result<void> sent;
  while (sent) {
    sent = write(**sink, numbered(7));
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(sent.error().code, ErrorCode::kConnectionReset) << sent.error().cause;
}

TEST_F(Srt, RefusesToListenUnderAnAddressPolicy) {
  AddressPolicy policy;
  policy.allow = {"127.0.0.0/8"};
  const auto source = openByteSource(inputFrom(srtUrl(port_, "?mode=listener")), policy, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kAddressDenied);
}

TEST_F(Srt, RefusesAUrlWithoutAPort) {
  const auto source = openByteSource(inputFrom("srt://127.0.0.1"), {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kOptionsInvalid);
}

}  // namespace
}  // namespace millrace::test
