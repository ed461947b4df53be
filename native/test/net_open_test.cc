#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "loopback_server.h"
#include "media/net/open.h"
#include "media/net/rtsp_target.h"
#include "peer_process.h"

namespace millrace::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string readAll(ByteSource& source) {
  std::string all;
  std::vector<std::uint8_t> buffer(1'000);
  while (true) {
    const auto count = source.read(buffer);
    if (!count || *count == 0) return all;
    all.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

/// The host program's stream of one word; a double for a Node stream.
class WordSource final : public ByteSource {
 public:
  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    if (std::exchange(over_, true)) return std::size_t{0};
    into.front() = 'w';
    return std::size_t{1};
  }
  bool drained() const override { return true; }

 private:
  bool over_ = false;
};

InputOptions inputFrom(const std::string& url) {
  InputOptions input;
  input.url = url;
  return input;
}

ErrorCode openingFails(const InputOptions& input, const AddressPolicy& policy = {}) {
  const auto source = openByteSource(input, policy, {});
  return source ? ErrorCode::kInternal : source.error().code;
}

ErrorCode nestedFails(const std::string& reference, const std::string& base,
                      const AddressPolicy& policy = {}) {
  const auto source = openNested(reference, base, inputFrom(base), policy, {});
  return source ? ErrorCode::kInternal : source.error().code;
}

TEST(OpenByteSource, TakesTheHostProgramsStreamBeforeAUrl) {
  InputOptions input = inputFrom("http://127.0.0.1:1/");
  input.openStream = [](std::stop_token) { return std::make_unique<WordSource>(); };
  auto source = openByteSource(input, {}, {});
  ASSERT_TRUE(source);
  EXPECT_EQ(readAll(**source), "w");
}

TEST(OpenByteSource, ReportsAStreamThatTheHostProgramDoesNotOpen) {
  InputOptions input;
  input.openStream = [](std::stop_token) { return nullptr; };
  EXPECT_EQ(openingFails(input), ErrorCode::kStreamFailed);
}

TEST(OpenByteSource, RefusesWhatIsNoByteStream) {
  EXPECT_EQ(openingFails(inputFrom("rtsp://camera/stream")), ErrorCode::kSchemeDenied);
  EXPECT_EQ(openingFails(inputFrom("gopher://host/")), ErrorCode::kSchemeDenied);
  EXPECT_EQ(openingFails(inputFrom("http://")), ErrorCode::kOptionsInvalid);
  EXPECT_EQ(openingFails(inputFrom("rtmp:// space/")), ErrorCode::kOptionsInvalid);
  EXPECT_EQ(openingFails(inputFrom("file://elsewhere/share")), ErrorCode::kOptionsInvalid);
}

TEST(OpenByteSource, RefusesSchemesThatThePolicyDoesNotList) {
  AddressPolicy policy;
  policy.schemes = {"https"};
  EXPECT_EQ(openingFails(inputFrom("http://127.0.0.1:1/"), policy), ErrorCode::kSchemeDenied);
  EXPECT_EQ(openingFails(inputFrom("/etc/hostname"), policy), ErrorCode::kSchemeDenied);
  EXPECT_EQ(openingFails(inputFrom("file:///etc/hostname"), policy), ErrorCode::kSchemeDenied);
}

TEST(OpenByteSource, RefusesADeniedAddressHoweverItIsWritten) {
  AddressPolicy policy;
  policy.deny = {"127.0.0.0/8", "::1"};
  for (const char* host : {"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "0.0.0.0",
                           "[::1]", "[::ffff:127.0.0.1]", "[::]"}) {
    EXPECT_EQ(openingFails(inputFrom("http://" + std::string(host) + ":1/"), policy),
              ErrorCode::kAddressDenied)
        << host;
  }
}

TEST(OpenByteSink, RefusesSchemesThatThePolicyDoesNotList) {
  AddressPolicy policy;
  policy.schemes = {"https"};
  OutputOptions output;
  output.url = "/tmp/not-written.ts";
  const auto sink = openByteSink(output, policy, {});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kSchemeDenied);
  EXPECT_EQ(sink.error().stage, Stage::kSink);
}

TEST(OpenNested, RefusesAFileFromAPlaylistOverHttp) {
  for (const char* reference : {"file:///etc/passwd", "FILE:///etc/passwd", "file:/etc/passwd",
                                "rtmp://host/live/x", "concat://a", "data://x"}) {
    EXPECT_EQ(nestedFails(reference, "http://127.0.0.1:1/index.m3u8"), ErrorCode::kSchemeDenied)
        << reference;
  }
}

TEST(OpenNested, ResolvesAPathFromAPlaylistOverHttpOnItsServer) {
  LoopbackServer server([](LoopbackConnection& connection) {
    const std::string head = connection.readHead();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(head.find('\r')) +
                    "\r\n\r\n" + head.substr(0, head.find('\r')));
  });
  auto source = openNested("/etc/passwd", server.url("/live/index.m3u8"),
                           inputFrom(server.url("/live/index.m3u8")), {}, {});
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(readAll(**source), "GET /etc/passwd HTTP/1.1");
}

TEST(OpenNested, RefusesADeniedNetwork) {
  AddressPolicy policy;
  policy.deny = {"127.0.0.2/32"};
  EXPECT_EQ(nestedFails("http://127.0.0.2:1/seg.ts", "http://127.0.0.1:1/index.m3u8", policy),
            ErrorCode::kAddressDenied);
}

TEST(OpenNested, KeepsCredentialsWithTheOriginTheyWereGivenFor) {
  std::promise<std::string> ownHead;
  LoopbackServer own([&](LoopbackConnection& connection) {
    ownHead.set_value(connection.readHead());
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  std::promise<std::string> foreignHead;
  LoopbackServer foreign([&](LoopbackConnection& connection) {
    foreignHead.set_value(connection.readHead());
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  InputOptions parent = inputFrom(own.url("/index.m3u8"));
  parent.headers = {{"Authorization", "Bearer secret"}, {"Cookie", "secret"}, {"X-Kept", "yes"}};
  ASSERT_TRUE(openNested("1.ts", parent.url, parent, {}, {}));
  ASSERT_TRUE(openNested(foreign.url("/1.ts"), parent.url, parent, {}, {}));
  EXPECT_THAT(ownHead.get_future().get(), HasSubstr("Bearer secret"));
  const std::string sentAway = foreignHead.get_future().get();
  EXPECT_THAT(sentAway, Not(HasSubstr("secret")));
  EXPECT_THAT(sentAway, HasSubstr("X-Kept: yes"));
}

TEST(OpenNested, ReusesTheConnectionOfThePlaylistsServer) {
  LoopbackServer server([](LoopbackConnection& connection) {
    while (!connection.readHead().empty()) {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  const InputOptions parent = inputFrom(server.url("/index.m3u8"));
  const auto connections = std::make_shared<HttpConnections>(std::stop_token{});
  for (int i = 0; i < 3; ++i) {
    auto source = openNested("seg.ts", parent.url, parent, {}, {}, std::nullopt, connections);
    ASSERT_TRUE(source);
    EXPECT_EQ(readAll(**source), "ok");
  }
  EXPECT_EQ(server.connectionCount(), 1);
}

class NestedRange : public testing::TestWithParam<bool> {};

TEST_P(NestedRange, IsDeliveredWhetherOrNotTheServerKnowsRanges) {
  std::promise<std::string> head;
  LoopbackServer server([&](LoopbackConnection& connection) {
    head.set_value(connection.readHead());
    connection.send(GetParam() ? "HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n"
                                 "Content-Range: bytes 4-6/10\r\n\r\n456"
                               : "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
  });
  auto source = openNested("all.ts", server.url("/index.m3u8"),
                           inputFrom(server.url("/index.m3u8")), {}, {}, ByteRange{4, 3});
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(readAll(**source), "456");
  EXPECT_THAT(head.get_future().get(), HasSubstr("\r\nRange: bytes=4-6\r\n"));
}

INSTANTIATE_TEST_SUITE_P(All, NestedRange, testing::Bool());

TEST(OpenNested, ReportsARangeBeyondTheEnd) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n01234");
  });
  auto source = openNested("all.ts", server.url("/index.m3u8"),
                           inputFrom(server.url("/index.m3u8")), {}, {}, ByteRange{4, 3});
  ASSERT_TRUE(source);
  std::vector<std::uint8_t> buffer(10);
  const auto first = (*source)->read(buffer);
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, 1U);
  EXPECT_EQ((*source)->read(buffer).error().code, ErrorCode::kConnectionReset);
}

class NestedFile : public testing::Test {
 protected:
  void SetUp() override {
    playlist_ = folder_.write("show/index.m3u8", "#EXTM3U");
    folder_.write("show/720p/1.ts", "0123456789");
    folder_.write("secret.ts", "secret");
    std::filesystem::create_symlink(folder_.file("secret.ts"), folder_.file("show/link.ts"));
  }

  TemporaryFolder folder_;
  std::string playlist_;
};

TEST_F(NestedFile, InOrBelowThePlaylistsFolderIsOpened) {
  auto source = openNested("720p/1.ts", playlist_, inputFrom(playlist_), {}, {});
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(readAll(**source), "0123456789");
  auto part =
      openNested("720p/1.ts", "file://" + playlist_, inputFrom(playlist_), {}, {}, ByteRange{2, 3});
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_EQ(readAll(**part), "234");
}

TEST_F(NestedFile, OutsideThePlaylistsFolderIsRefused) {
  for (const std::string& reference :
       {std::string("../secret.ts"), std::string("720p/../../secret.ts"), folder_.file("secret.ts"),
        "file://" + folder_.file("secret.ts"), std::string("link.ts"),
        std::string("/etc/passwd")}) {
    EXPECT_EQ(nestedFails(reference, playlist_), ErrorCode::kSchemeDenied) << reference;
  }
}

TEST(RtspTargets, HoldEveryCheckedAddressInPlaceOfTheName) {
  const auto targets = rtspTargets(inputFrom("rtsp://user:pass@localhost:8554/cam?x=1"),
                                   {{"127.0.0.0/8"}, {}, {}}, {}, SteadyTime::max());
  ASSERT_TRUE(targets) << targets.error().message;
  ASSERT_EQ(targets->size(), 1U);
  EXPECT_EQ(targets->front().ip, "127.0.0.1");
  EXPECT_EQ(targets->front().connection.url, "rtsp://user:pass@127.0.0.1:8554/cam?x=1");
}

TEST(RtspTargets, OfADeniedAddressAreRefused) {
  AddressPolicy policy;
  policy.deny = {"127.0.0.0/8", "::1"};
  const auto targets =
      rtspTargets(inputFrom("rtsp://localhost/cam"), policy, {}, SteadyTime::max());
  ASSERT_FALSE(targets);
  EXPECT_EQ(targets.error().code, ErrorCode::kAddressDenied);
}

}  // namespace
}  // namespace millrace::test
