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

constexpr auto kNever = std::chrono::milliseconds(std::chrono::hours(1));
constexpr auto kSoon = 150ms;
/// More than the kernel's buffers of a loopback connection hold.
constexpr std::size_t kMoreThanBuffersHold = 64 * 1024 * 1024;

OutputOptions outputTo(const std::string& url) {
  OutputOptions output;
  output.url = url;
  output.connectTimeout = kNever;
  output.stallTimeout = kNever;
  return output;
}

Result<std::unique_ptr<ByteSink>> openUrl(const std::string& url, std::stop_token stop = {}) {
  return openByteSink(outputTo(url), {}, std::move(stop));
}

Result<void> write(ByteSink& sink, std::string_view bytes) {
  return sink.write({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// Writes until it fails; there is always an error in the end.
Error writeUntilFailure(ByteSink& sink) {
  const std::string piece(256 * 1024, 'x');
  for (std::size_t written = 0; written < kMoreThanBuffersHold; written += piece.size()) {
    auto sent = write(sink, piece);
    if (!sent) return std::move(sent).error();
  }
  auto finished = sink.finish();
  return finished ? Error{ErrorCode::kInternal, Stage::kSink, "nothing failed"}
                  : std::move(finished).error();
}

constexpr std::string_view kEndOfBody = "0\r\n\r\n";
constexpr std::string_view kCreated = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";

TEST(HttpSink, SendsTheHeadAtOnceAndEveryWriteAsOneChunk) {
  std::promise<std::string> head;
  std::promise<std::string> body;
  LoopbackServer server([&](LoopbackConnection& connection) {
    head.set_value(connection.readHead());
    body.set_value(connection.readUntil(kEndOfBody));
    connection.send(kCreated);
  });
  OutputOptions output = outputTo(server.url("/live/720p.ts?token=abc"));
  output.container = Container::kMpegTs;
  output.headers = {{"X-Key", "value"}};
  auto sink = openByteSink(output, {}, {});
  ASSERT_TRUE(sink) << sink.error().message;
  const std::string sentHead = head.get_future().get();
  ASSERT_TRUE(write(**sink, "hello"));
  ASSERT_TRUE(write(**sink, std::string(300, 'x')));
  ASSERT_TRUE((*sink)->finish());
  EXPECT_THAT(sentHead, HasSubstr("PUT /live/720p.ts?token=abc HTTP/1.1\r\n"));
  EXPECT_THAT(sentHead, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_THAT(sentHead, HasSubstr("\r\nContent-Type: video/mp2t\r\n"));
  EXPECT_THAT(sentHead, HasSubstr("\r\nX-Key: value\r\n"));
  EXPECT_THAT(sentHead, Not(HasSubstr("Expect")));
  EXPECT_EQ(body.get_future().get(),
            "5\r\nhello\r\n12c\r\n" + std::string(300, 'x') + "\r\n0\r\n\r\n");
}

TEST(HttpSink, PostsWhenAskedTo) {
  std::promise<std::string> head;
  LoopbackServer server([&](LoopbackConnection& connection) {
    head.set_value(connection.readHead());
    connection.readUntil(kEndOfBody);
    connection.send(kCreated);
  });
  OutputOptions output = outputTo(server.url());
  output.httpMethod = "POST";
  auto sink = openByteSink(output, {}, {});
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->finish());
  EXPECT_THAT(head.get_future().get(), HasSubstr("POST / HTTP/1.1\r\n"));
}

TEST(HttpSink, RefusesAMethodThatIsNoUpload) {
  OutputOptions output = outputTo("http://127.0.0.1:1/");
  output.httpMethod = "PUT / HTTP/1.1\r\nX:";
  const auto sink = openByteSink(output, {}, {});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kOptionsInvalid);
}

TEST(HttpSink, HasHandedOverAWriteWhenItReturns) {
  std::promise<void> written;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readHead();
    written.get_future().wait();
    // Nothing drives the sink any more, so only what is in the kernel can arrive.
    EXPECT_EQ(connection.readUntil("\r\nlast"), "6\r\nfirst,\r\n4\r\nlast");
    connection.readUntil(kEndOfBody);
    connection.send(kCreated);
  });
  auto sink = openUrl(server.url());
  ASSERT_TRUE(sink);
  ASSERT_TRUE(write(**sink, "first,"));
  ASSERT_TRUE(write(**sink, "last"));
  written.set_value();
  EXPECT_TRUE((*sink)->finish());
}

TEST(HttpSink, SendsAWriteThatIsLargerThanAnyBufferWhole) {
  std::string sent;
  for (int i = 0; sent.size() < 8'000'000; ++i) sent += std::to_string(i) + ",";
  std::promise<std::size_t> received;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readHead();
    received.set_value(connection.readUntil(kEndOfBody).size());
    connection.send(kCreated);
  });
  auto sink = openUrl(server.url());
  ASSERT_TRUE(sink);
  ASSERT_TRUE(write(**sink, sent));
  ASSERT_TRUE((*sink)->finish());
  EXPECT_GT(received.get_future().get(), sent.size());
}

TEST(HttpSink, TellsTheServersVerdictWhenItFinishes) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.readUntil(kEndOfBody);
    connection.send("HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\n\r\n");
  });
  auto sink = openUrl(server.url());
  ASSERT_TRUE(sink);
  ASSERT_TRUE(write(**sink, "hello"));
  const auto finished = (*sink)->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, ErrorCode::kHttpStatus);
  EXPECT_EQ(finished.error().httpStatus, 507);
  EXPECT_EQ(finished.error().stage, Stage::kSink);
}

TEST(HttpSink, ReportsARefusalBeforeTheFirstByte) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    connection.waitForHangUp();
  });
  auto sink = openUrl(server.url("/live?token=wrong"));
  const Error error = sink ? writeUntilFailure(**sink) : sink.error();
  EXPECT_EQ(error.code, ErrorCode::kUnauthorized);
  EXPECT_EQ(error.httpStatus, 403);
  EXPECT_EQ(error.url, server.url("/live?…"));
}

TEST(HttpSink, ReportsARefusalInMidUploadWhileAWriteIsBlocked) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.readSome();
    connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nbanned");
    std::this_thread::sleep_for(kSoon);
    connection.waitForHangUp();
  });
  auto sink = openUrl(server.url());
  ASSERT_TRUE(sink);
  const Error error = writeUntilFailure(**sink);
  EXPECT_EQ(error.code, ErrorCode::kUnauthorized);
  EXPECT_EQ(error.httpStatus, 403);
}

TEST(HttpSink, ReportsARefusalThatCameBetweenTwoWritesAtTheSecondAtTheLatest) {
  std::promise<void> refused;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readHead();
    connection.readUntil("hello");
    connection.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    refused.set_value();
    connection.waitForHangUp();
  });
  auto sink = openUrl(server.url());
  ASSERT_TRUE(sink);
  auto sent = write(**sink, "hello");
  refused.get_future().wait();
  if (sent) sent = write(**sink, "world");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kUnauthorized);
}

TEST(HttpSink, ReportsTheRefusalOfAServerThatThenResets) {
  std::promise<void> refused;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readHead();
    connection.readUntil("hello");
    connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    connection.reset();
    refused.set_value();
  });
  auto sink = openUrl(server.url());
  ASSERT_TRUE(sink);
  const auto sent = write(**sink, "hello");
  refused.get_future().wait();
  std::this_thread::sleep_for(kSoon);
  const Error error = sent ? writeUntilFailure(**sink) : sent.error();
  EXPECT_EQ(error.code, ErrorCode::kUnauthorized);
}

TEST(HttpSink, ReportsAServerThatEndsTheUploadWithASuccessBeforeItsEnd) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.readUntil("hello");
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  auto sink = openUrl(server.url());
  ASSERT_TRUE(sink);
  const auto sent = write(**sink, "hello");
  const Error error = sent ? writeUntilFailure(**sink) : sent.error();
  EXPECT_EQ(error.code, ErrorCode::kConnectionReset);
}

TEST(HttpSink, DoesNotFollowARedirect) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.send(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
    connection.waitForHangUp();
  });
  auto sink = openUrl(server.url());
  const Error error = sink ? writeUntilFailure(**sink) : sink.error();
  EXPECT_EQ(error.code, ErrorCode::kHttpStatus);
  EXPECT_EQ(error.httpStatus, 307);
  EXPECT_EQ(server.connectionCount(), 1);
}

TEST(HttpSink, ReportsARefusedConnection) {
  const auto sink = openUrl("http://127.0.0.1:" + std::to_string(unusedPort()) + "/");
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kConnectionRefused);
  EXPECT_EQ(sink.error().stage, Stage::kSink);
}

TEST(HttpSink, ReportsAResetInMidUpload) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.readSome();
    connection.reset();
  });
  auto sink = openUrl(server.url());
  ASSERT_TRUE(sink);
  EXPECT_EQ(writeUntilFailure(**sink).code, ErrorCode::kConnectionReset);
}

TEST(HttpSink, ReportsAServerThatHangsUpInsteadOfConfirming) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readHead();
    connection.readUntil(kEndOfBody);
  });
  auto sink = openUrl(server.url());
  ASSERT_TRUE(sink);
  ASSERT_TRUE(write(**sink, "hello"));
  const auto finished = (*sink)->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, ErrorCode::kConnectionReset);
}

TEST(HttpSink, ReportsAServerThatNeverReadsAsStalled) {
  std::promise<void> over;
  LoopbackServer server([&](LoopbackConnection&) { over.get_future().wait(); });
  OutputOptions output = outputTo(server.url());
  output.stallTimeout = kSoon;
  auto sink = openByteSink(output, {}, {});
  ASSERT_TRUE(sink);
  EXPECT_EQ(writeUntilFailure(**sink).code, ErrorCode::kStalled);
  over.set_value();
}

TEST(HttpSink, ReportsAServerThatNeverConfirmsAsStalled) {
  LoopbackServer server([](LoopbackConnection& connection) { connection.waitForHangUp(); });
  OutputOptions output = outputTo(server.url());
  output.stallTimeout = kSoon;
  auto sink = openByteSink(output, {}, {});
  ASSERT_TRUE(sink);
  ASSERT_TRUE(write(**sink, "hello"));
  const auto finished = (*sink)->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, ErrorCode::kStalled);
}

TEST(HttpSink, EndsAConnectionAttemptWhenCancelled) {
  UnansweringPort port;
  std::stop_source stop;
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(kSoon);
    stop.request_stop();
  });
  const auto sink =
      openUrl("http://127.0.0.1:" + std::to_string(port.port()) + "/", stop.get_token());
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kCancelled);
}

TEST(HttpSink, EndsABlockedWriteWhenCancelled) {
  std::promise<void> over;
  std::stop_source stop;
  LoopbackServer server([&](LoopbackConnection&) { over.get_future().wait(); });
  auto sink = openUrl(server.url(), stop.get_token());
  ASSERT_TRUE(sink);
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(kSoon);
    stop.request_stop();
  });
  EXPECT_EQ(writeUntilFailure(**sink).code, ErrorCode::kCancelled);
  over.set_value();
}

TEST(HttpSink, EndsTheWaitForAConfirmationWhenCancelled) {
  std::stop_source stop;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readHead();
    connection.readUntil(kEndOfBody);
    stop.request_stop();
    connection.waitForHangUp();
  });
  auto sink = openUrl(server.url(), stop.get_token());
  ASSERT_TRUE(sink);
  const auto finished = (*sink)->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, ErrorCode::kCancelled);
}

TEST(HttpSink, BreaksTheUploadOffWhenItIsNotFinished) {
  std::promise<std::string> body;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readHead();
    body.set_value(connection.readUntil(kEndOfBody));
  });
  auto sink = openUrl(server.url());
  ASSERT_TRUE(sink);
  ASSERT_TRUE(write(**sink, "hello"));
  sink->reset();
  EXPECT_THAT(body.get_future().get(), Not(HasSubstr("\r\n0\r\n")));
}

}  // namespace
}  // namespace millrace::test
