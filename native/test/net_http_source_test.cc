#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "loopback_server.h"
#include "media/net/open.h"

namespace millrace::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

/// Longer than any test may take: what ends before it, ended for another reason.
constexpr auto kNever = std::chrono::milliseconds(std::chrono::hours(1));
constexpr auto kSoon = 150ms;

InputOptions inputFrom(const std::string& url) {
  InputOptions input;
  input.url = url;
  input.connectTimeout = kNever;
  input.stallTimeout = kNever;
  return input;
}

Result<std::unique_ptr<ByteSource>> openUrl(const std::string& url, std::stop_token stop = {}) {
  return openByteSource(inputFrom(url), {}, std::move(stop));
}

Result<std::string> readOnce(ByteSource& source, std::size_t atMost = 65'536) {
  std::vector<std::uint8_t> buffer(atMost);
  auto count = source.read(buffer);
  if (!count) return std::move(count).error();
  return std::string(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
}

struct Everything {
  std::string bytes;
  std::optional<Error> error;
};

Everything readAll(ByteSource& source) {
  Everything everything;
  while (true) {
    auto some = readOnce(source);
    if (!some) {
      everything.error = std::move(some).error();
      return everything;
    }
    if (some->empty()) return everything;
    everything.bytes += *some;
  }
}

/// Answers every request with `reply` and closes.
LoopbackServer::Handler answering(std::string reply) {
  return [reply = std::move(reply)](LoopbackConnection& connection) {
    connection.readHead();
    connection.send(reply);
  };
}

TEST(HttpSource, DeliversABodyOfAnnouncedLengthAndThenTheEnd) {
  LoopbackServer server(answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
  auto source = openUrl(server.url());
  ASSERT_TRUE(source) << source.error().message;
  const auto everything = readAll(**source);
  EXPECT_FALSE(everything.error);
  EXPECT_EQ(everything.bytes, "hello");
}

TEST(HttpSource, DeliversAChunkedBody) {
  LoopbackServer server(answering(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"));
  auto source = openUrl(server.url());
  ASSERT_TRUE(source);
  const auto everything = readAll(**source);
  EXPECT_FALSE(everything.error);
  EXPECT_EQ(everything.bytes, "hello");
}

TEST(HttpSource, TakesTheEndOfTheConnectionForTheEndOfABodyWithoutALength) {
  LoopbackServer server(answering("HTTP/1.1 200 OK\r\n\r\nhello"));
  auto source = openUrl(server.url());
  ASSERT_TRUE(source);
  const auto everything = readAll(**source);
  EXPECT_FALSE(everything.error);
  EXPECT_EQ(everything.bytes, "hello");
}

TEST(HttpSource, HandsBytesOnWhileTheServerIsStillSending) {
  std::promise<void> firstWasRead;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readHead();
    connection.send("HTTP/1.1 200 OK\r\n\r\nfirst");
    firstWasRead.get_future().wait();
    connection.send("second");
  });
  auto source = openUrl(server.url());
  ASSERT_TRUE(source);
  EXPECT_EQ(*readOnce(**source), "first");
  EXPECT_TRUE((*source)->drained());
  firstWasRead.set_value();
  EXPECT_EQ(*readOnce(**source), "second");
}

TEST(HttpSource, IsNotDrainedWhileBytesAreLeft) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
    connection.waitForHangUp();
  });
  auto source = openUrl(server.url());
  ASSERT_TRUE(source);
  EXPECT_EQ(*readOnce(**source, 2), "he");
  EXPECT_FALSE((*source)->drained());
  EXPECT_EQ(*readOnce(**source, 3), "llo");
  EXPECT_TRUE((*source)->drained());
}

TEST(HttpSource, DeliversMoreThanItHoldsWithoutLosingAByte) {
  std::string body;
  for (int i = 0; body.size() < 5'000'000; ++i) body += std::to_string(i) + ",";
  LoopbackServer server(answering(
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  auto source = openUrl(server.url());
  ASSERT_TRUE(source);
  const auto everything = readAll(**source);
  EXPECT_FALSE(everything.error);
  EXPECT_TRUE(everything.bytes == body);
}

TEST(HttpSource, MakesAServerWaitThatSendsFasterThanItIsRead) {
  std::atomic<std::size_t> sent = 0;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readHead();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    const std::string piece(64 * 1024, 'x');
    while (connection.send(piece)) sent += piece.size();
  });
  auto source = openUrl(server.url());
  ASSERT_TRUE(source);
  // Until the server has been stuck for a while.
  std::size_t before = 1;
  while (before != sent) {
    before = sent;
    ASSERT_TRUE(readOnce(**source, 1));
    std::this_thread::sleep_for(200ms);
  }
  EXPECT_LT(sent, 32'000'000U);
}

TEST(HttpSource, SendsTheHeadersItIsGivenAndItsOwnName) {
  std::promise<std::string> head;
  LoopbackServer server([&](LoopbackConnection& connection) {
    head.set_value(connection.readHead());
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  InputOptions input = inputFrom(server.url("/live?token=abc"));
  input.headers = {{"X-Key", "value"}, {"X-Empty", ""}};
  ASSERT_TRUE(openByteSource(input, {}, {}));
  const std::string sent = head.get_future().get();
  EXPECT_THAT(sent, HasSubstr("GET /live?token=abc HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nX-Key: value\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nX-Empty:\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nUser-Agent: millrace/"));
}

TEST(HttpSource, RefusesAHeaderThatWouldBeginALineOfItsOwn) {
  InputOptions input = inputFrom("http://127.0.0.1:1/");
  input.headers = {{"X-Key", "value\r\nX-Other: injected"}};
  const auto source = openByteSource(input, {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kOptionsInvalid);
}

TEST(HttpSource, TellsTheContentTypeAndTheUrlAfterRedirects) {
  LoopbackServer server([](LoopbackConnection& connection) {
    const bool first = connection.readHead().starts_with("GET /a/first ");
    connection.send(
        first ? "HTTP/1.1 302 Found\r\nLocation: ../b/second?x=1\r\nContent-Length: 0\r\n\r\n"
              : "HTTP/1.1 200 OK\r\ncontent-type:  application/x-mpegURL \r\n"
                "Content-Length: 2\r\n\r\nok");
  });
  const InputOptions input = inputFrom(server.url("/a/first"));
  auto source = openByteSource(input, {}, {});
  ASSERT_TRUE(source) << source.error().message;
  const SourceIdentity identity = identityOf(**source, input);
  EXPECT_EQ(identity.url, server.url("/b/second?x=1"));
  EXPECT_EQ(identity.contentType, "application/x-mpegURL");
  EXPECT_EQ(readAll(**source).bytes, "ok");
}

TEST(HttpSource, KeepsCredentialsFromAnotherOriginThatItIsRedirectedTo) {
  std::promise<std::string> head;
  LoopbackServer other([&](LoopbackConnection& connection) {
    head.set_value(connection.readHead());
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  LoopbackServer server(answering("HTTP/1.1 307 Temporary Redirect\r\nLocation: " + other.url() +
                                  "\r\nContent-Length: 0\r\n\r\n"));
  InputOptions input = inputFrom(server.url());
  input.headers = {{"Authorization", "Bearer secret"}, {"Referer", "kept"}};
  ASSERT_TRUE(openByteSource(input, {}, {}));
  const std::string sent = head.get_future().get();
  EXPECT_THAT(sent, Not(HasSubstr("secret")));
  EXPECT_THAT(sent, HasSubstr("Referer: kept"));
}

TEST(HttpSource, DoesNotFollowARedirectToAFile) {
  LoopbackServer server(
      answering("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"));
  const auto source = openUrl(server.url());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kSchemeDenied);
}

TEST(HttpSource, DoesNotFollowARedirectToADeniedNetwork) {
  LoopbackServer inner(answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"));
  LoopbackServer server(answering("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:" +
                                  std::to_string(inner.port()) + "/\r\nContent-Length: 0\r\n\r\n"));
  AddressPolicy policy;
  policy.deny = {"127.0.0.2/32"};
  const auto source = openByteSource(inputFrom(server.url()), policy, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kAddressDenied);
  EXPECT_THAT(source.error().message, HasSubstr("127.0.0.2"));
  EXPECT_EQ(inner.connectionCount(), 0);
}

TEST(HttpSource, GivesUpOnRedirectsInCircles) {
  LoopbackServer server(
      answering("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"));
  const auto source = openUrl(server.url());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kProtocol);
}

struct StatusCase {
  int status;
  ErrorCode code;
};

class HttpSourceStatus : public testing::TestWithParam<StatusCase> {};

TEST_P(HttpSourceStatus, IsATypedErrorWithTheStatus) {
  LoopbackServer server(answering("HTTP/1.1 " + std::to_string(GetParam().status) +
                                  " Some Reason\r\nContent-Length: 0\r\n\r\n"));
  const auto source = openUrl(server.url("/live/stream?token=secret"));
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, GetParam().code);
  EXPECT_EQ(source.error().httpStatus, GetParam().status);
  EXPECT_EQ(source.error().stage, Stage::kSource);
  EXPECT_EQ(source.error().url, server.url("/live/stream?…"));
  EXPECT_THAT(source.error().cause, HasSubstr("Some Reason"));
}

INSTANTIATE_TEST_SUITE_P(All, HttpSourceStatus,
                         testing::Values(StatusCase{401, ErrorCode::kUnauthorized},
                                         StatusCase{403, ErrorCode::kUnauthorized},
                                         StatusCase{404, ErrorCode::kNotFound},
                                         StatusCase{410, ErrorCode::kNotFound},
                                         StatusCase{400, ErrorCode::kHttpStatus},
                                         StatusCase{304, ErrorCode::kHttpStatus},
                                         StatusCase{503, ErrorCode::kHttpStatus}),
                         [](const auto& tested) { return std::to_string(tested.param.status); });

TEST(HttpSource, WaitsForTheFinalReplyAfterAnInformationalOne) {
  LoopbackServer server(
      answering("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  auto source = openUrl(server.url());
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(readAll(**source).bytes, "ok");
}

TEST(HttpSource, ReportsARefusedConnection) {
  const auto source = openUrl("http://127.0.0.1:" + std::to_string(unusedPort()) + "/");
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kConnectionRefused);
}

TEST(HttpSource, ReportsAConnectionThatIsNeverMade) {
  UnansweringPort port;
  InputOptions input = inputFrom("http://127.0.0.1:" + std::to_string(port.port()) + "/");
  input.connectTimeout = kSoon;
  const auto source = openByteSource(input, {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kTimedOut);
}

TEST(HttpSource, ReportsAServerThatAcceptsAndNeverAnswers) {
  LoopbackServer server([](LoopbackConnection& connection) { connection.waitForHangUp(); });
  InputOptions input = inputFrom(server.url());
  input.connectTimeout = kSoon;
  const auto source = openByteSource(input, {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kTimedOut);
  EXPECT_THAT(source.error().message, HasSubstr("accepted the connection"));
}

TEST(HttpSource, ReportsAServerThatHangsUpWithoutAnAnswer) {
  LoopbackServer server([](LoopbackConnection& connection) { connection.readHead(); });
  const auto source = openUrl(server.url());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kConnectionReset);
}

TEST(HttpSource, ReportsAnswersThatAreNotHttp) {
  LoopbackServer server(answering("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
  const auto source = openUrl(server.url());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kProtocol);
}

TEST(HttpSource, ReportsAReplyHeadThatNeverEnds) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.send("HTTP/1.1 200 OK\r\n");
    while (connection.send("X-More: " + std::string(4'000, 'x') + "\r\n")) {
    }
  });
  const auto source = openUrl(server.url());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kProtocol);
}

TEST(HttpSource, ReportsAStallOnceTheTimeoutIsOver) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.send("HTTP/1.1 200 OK\r\n\r\nfirst");
    connection.waitForHangUp();
  });
  InputOptions input = inputFrom(server.url());
  input.stallTimeout = kSoon;
  auto source = openByteSource(input, {}, {});
  ASSERT_TRUE(source);
  const auto everything = readAll(**source);
  EXPECT_EQ(everything.bytes, "first");
  ASSERT_TRUE(everything.error);
  EXPECT_EQ(everything.error->code, ErrorCode::kStalled);
}

TEST(HttpSource, DeliversWhatCameBeforeATruncationAndThenReportsIt) {
  LoopbackServer server(answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"));
  auto source = openUrl(server.url());
  ASSERT_TRUE(source);
  const auto everything = readAll(**source);
  EXPECT_EQ(everything.bytes, "hello");
  ASSERT_TRUE(everything.error);
  EXPECT_EQ(everything.error->code, ErrorCode::kConnectionReset);
}

TEST(HttpSource, ReportsABrokenChunk) {
  LoopbackServer server(
      answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nff\r\nshort"));
  auto source = openUrl(server.url());
  ASSERT_TRUE(source);
  const auto everything = readAll(**source);
  EXPECT_EQ(everything.bytes, "helloshort");
  ASSERT_TRUE(everything.error);
  EXPECT_EQ(everything.error->code, ErrorCode::kConnectionReset);
}

TEST(HttpSource, ReportsAResetInMidBody) {
  std::promise<void> firstWasRead;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readHead();
    connection.send("HTTP/1.1 200 OK\r\n\r\nfirst");
    firstWasRead.get_future().wait();
    connection.reset();
  });
  auto source = openUrl(server.url());
  ASSERT_TRUE(source);
  EXPECT_EQ(*readOnce(**source), "first");
  firstWasRead.set_value();
  const auto next = readOnce(**source);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::kConnectionReset);
}

TEST(HttpSource, EndsAConnectionAttemptWhenCancelled) {
  UnansweringPort port;
  std::stop_source stop;
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(kSoon);
    stop.request_stop();
  });
  const auto source =
      openUrl("http://127.0.0.1:" + std::to_string(port.port()) + "/", stop.get_token());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kCancelled);
}

TEST(HttpSource, EndsTheWaitForAReplyWhenCancelled) {
  std::stop_source stop;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readHead();
    stop.request_stop();
    connection.waitForHangUp();
  });
  const auto source = openUrl(server.url(), stop.get_token());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kCancelled);
}

TEST(HttpSource, EndsAStalledReadWhenCancelled) {
  std::stop_source stop;
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    connection.waitForHangUp();
  });
  auto source = openUrl(server.url(), stop.get_token());
  ASSERT_TRUE(source);
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(kSoon);
    stop.request_stop();
  });
  const auto next = readOnce(**source);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::kCancelled);
}

TEST(HttpSource, DoesNotUseAProxyNamedByTheEnvironment) {
  LoopbackServer proxy(answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy"));
  LoopbackServer server(answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect"));
  setenv("http_proxy", proxy.url().c_str(), 1);
  auto source = openUrl(server.url());
  unsetenv("http_proxy");
  ASSERT_TRUE(source);
  EXPECT_EQ(readAll(**source).bytes, "direct");
  EXPECT_EQ(proxy.connectionCount(), 0);
}

}  // namespace
}  // namespace millrace::test
