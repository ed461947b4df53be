#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "loopback_server.h"
#include "media/log_scope.h"
#include "media/net/open.h"
#include "peer_tls_server.h"

namespace millrace::test {
namespace {

constexpr auto kNever = std::chrono::milliseconds(std::chrono::hours(1));
/// What follows the handshake never comes from a server that is no RTMP server.
constexpr auto kHandshakeOnly = std::chrono::milliseconds(20'000);

class Tls : public testing::Test {
 protected:
  void SetUp() override {
    certificates_ = TestCertificates::get();
    if (certificates_ == nullptr) GTEST_SKIP() << "openssl is not installed";
    folder_.write("stream", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  }

  InputOptions inputFrom(const TlsServer& server, const std::string& host = "localhost",
                         const std::string& scheme = "https") const {
    InputOptions input;
    input.url = scheme + "://" + host + ":" + std::to_string(server.port()) + "/stream";
    input.connectTimeout = kNever;
    input.stallTimeout = kNever;
    input.tls.caFile = certificates_->authority();
    return input;
  }

  const TestCertificates* certificates_ = nullptr;
  TemporaryFolder folder_;
  LogScope logs_{{[](LogEvent&&) {}}};
};

std::string readAll(ByteSource& source) {
  std::string all;
  std::vector<std::uint8_t> buffer(1'024);
  while (true) {
    const auto count = source.read(buffer);
    if (!count || *count == 0) return all;
    all.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

TEST_F(Tls, TrustsACertificateFromTheAuthorityItIsGiven) {
  TlsServer server(*certificates_, "localhost", {"-HTTP"}, folder_.path());
  auto source = openByteSource(inputFrom(server), {}, {});
  ASSERT_TRUE(source) << source.error().message << " " << source.error().cause;
  EXPECT_EQ(readAll(**source), "hello");
}

TEST_F(Tls, TrustsItHoweverTheSchemeIsWritten) {
  TlsServer server(*certificates_, "localhost", {"-HTTP"}, folder_.path());
  auto source = openByteSource(inputFrom(server, "localhost", "HTTPS"), {}, {});
  ASSERT_TRUE(source) << source.error().message << " " << source.error().cause;
}

TEST_F(Tls, TrustsACertificateMadeOutForAnAddress) {
  TlsServer server(*certificates_, "localhost", {"-HTTP"}, folder_.path());
  auto source = openByteSource(inputFrom(server, "127.0.0.1"), {}, {});
  ASSERT_TRUE(source) << source.error().message << " " << source.error().cause;
}

TEST_F(Tls, DoesNotTrustACertificateFromAnAuthorityTheSystemDoesNotKnow) {
  TlsServer server(*certificates_, "localhost", {"-HTTP"}, folder_.path());
  InputOptions input = inputFrom(server);
  input.tls.caFile.clear();
  const auto source = openByteSource(input, {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kTlsUntrusted) << source.error().cause;
}

TEST_F(Tls, TrustsTheStoreThatTheEnvironmentNames) {
  TlsServer server(*certificates_, "localhost", {"-HTTP"}, folder_.path());
  InputOptions input = inputFrom(server);
  input.tls.caFile.clear();
  setenv("SSL_CERT_FILE", certificates_->authority().c_str(), 1);
  const auto source = openByteSource(input, {}, {});
  unsetenv("SSL_CERT_FILE");
  EXPECT_TRUE(source) << source.error().message;
}

TEST_F(Tls, DoesNotTrustACertificateForAnotherName) {
  TlsServer server(*certificates_, "other", {"-HTTP"}, folder_.path());
  const auto source = openByteSource(inputFrom(server), {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kTlsUntrusted) << source.error().cause;
}

TEST_F(Tls, TakesAnyCertificateWhenVerificationIsOff) {
  TlsServer server(*certificates_, "other", {"-HTTP"}, folder_.path());
  InputOptions input = inputFrom(server);
  input.tls.caFile.clear();
  input.tls.verify = false;
  auto source = openByteSource(input, {}, {});
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(readAll(**source), "hello");
}

TEST_F(Tls, ReportsACaFileThatIsNotThere) {
  TlsServer server(*certificates_, "localhost", {"-HTTP"}, folder_.path());
  InputOptions input = inputFrom(server);
  input.tls.caFile = folder_.file("nowhere.pem");
  const auto source = openByteSource(input, {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kOptionsInvalid);
}

TEST_F(Tls, ReportsACaFileWithoutCertificates) {
  TlsServer server(*certificates_, "localhost", {"-HTTP"}, folder_.path());
  InputOptions input = inputFrom(server);
  input.tls.caFile = folder_.write("empty.pem", "nothing\n");
  const auto source = openByteSource(input, {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kTlsUntrusted);
}

TEST_F(Tls, ReportsAServerThatDoesNotSpeakTls) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.readSome();
    connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    connection.waitForHangUp();
  });
  InputOptions input;
  input.url = server.url("/", "https");
  const auto source = openByteSource(input, {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kTlsFailed) << source.error().cause;
}

TEST_F(Tls, EndsAHandshakeThatIsNeverAnsweredWhenCancelled) {
  std::stop_source stop;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.readSome();
    stop.request_stop();
    connection.waitForHangUp();
  });
  InputOptions input;
  input.url = server.url("/", "https");
  input.connectTimeout = kNever;
  const auto source = openByteSource(input, {}, stop.get_token());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kCancelled);
}

TEST_F(Tls, CarriesAnUploadAndItsConfirmation) {
  TlsServer server(*certificates_, "localhost");
  OutputOptions output;
  output.url = "https://localhost:" + std::to_string(server.port()) + "/put";
  output.tls.caFile = certificates_->authority();
  auto sink = openByteSink(output, {}, {});
  ASSERT_TRUE(sink) << sink.error().message;
  const std::string bytes = "the whole of it";
  ASSERT_TRUE((*sink)->write({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}));
  server.process().waitFor(bytes);
  // Not before the end of the body has been asked for, else this is an early end.
  std::jthread confirmer([&] {
    server.process().waitFor("\r\n0\r\n");
    server.process().writeInput("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  });
  const auto finished = (*sink)->finish();
  EXPECT_TRUE(finished) << finished.error().message;
}

TEST_F(Tls, TellsAnUntrustedCertificateOfAnRtmpsServer) {
  TlsServer server(*certificates_, "localhost");
  InputOptions input = inputFrom(server, "localhost", "rtmps");
  input.tls.caFile.clear();
  input.connectTimeout = kHandshakeOnly;
  const auto source = openByteSource(input, {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kTlsUntrusted) << source.error().cause;
}

TEST_F(Tls, TellsTheWrongNameInTheCertificateOfAnRtmpsServer) {
  TlsServer server(*certificates_, "other");
  InputOptions input = inputFrom(server, "localhost", "rtmps");
  input.connectTimeout = kHandshakeOnly;
  const auto source = openByteSource(input, {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kTlsUntrusted) << source.error().cause;
}

TEST_F(Tls, GoesPastTheHandshakeWithATrustedRtmpsServer) {
  TlsServer server(*certificates_, "localhost");
  // The name survives although the connection is made to a checked address.
  AddressPolicy policy;
  policy.allow = {"127.0.0.0/8", "::1"};
  InputOptions input = inputFrom(server, "localhost", "rtmps");
  input.connectTimeout = kHandshakeOnly;
  const std::jthread crasher([&] {
    server.process().waitFor("CIPHER is");  // What it says when the handshake is over.
    server.process().crash();
  });
  const auto source = openByteSource(input, policy, {});
  ASSERT_FALSE(source);
  // A killed server's socket is closed or reset, before or after the client's last word of the
  // handshake; but its certificate had been accepted.
  EXPECT_NE(source.error().code, ErrorCode::kTlsUntrusted) << source.error().cause;
}

}  // namespace
}  // namespace millrace::test
