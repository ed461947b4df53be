#include "media/net/tls_diagnosis.h"

#include <memory>
#include <utility>

#include "media/net/avio_target.h"
#include "media/net/failure_site.h"
#include "media/net/http_request.h"

namespace millrace {
namespace {

class NoBody final : public HttpBody {
 public:
  bool receive(std::span<const char>) override { return true; }
  std::size_t supply(std::span<char>) override { return 0; }
};

}  // namespace

std::optional<Error> diagnoseTls(const TlsDiagnosisOptions& options, std::stop_token stop,
                                 SteadyTime deadline) {
  const std::uint16_t port =
      options.url.port != 0 ? options.url.port : defaultPort(options.url.scheme);
  const Url probe{"https", "", options.url.host, port, "/", ""};
  HttpRequestOptions request;
  request.stage = options.stage;
  request.url = toString(probe);
  request.tls = options.tls;
  request.pinnedIp = options.ip;

  NoBody body;
  const auto connections = std::make_shared<HttpConnections>(std::move(stop));
  auto prepared = HttpRequest::prepare(connections, std::move(request), {}, deadline, body);
  if (!prepared) return std::nullopt;
  const auto handshake = *std::move(prepared);
  curl_easy_setopt(handshake->handle(), CURLOPT_CONNECT_ONLY, 1L);
  handshake->start();
  while (!handshake->isDone() && !connections->stopped() && SteadyClock::now() < deadline) {
    connections->run(deadline);
  }
  auto failure = handshake->failure();
  if (!failure ||
      (failure->code != ErrorCode::kTlsUntrusted && failure->code != ErrorCode::kTlsFailed)) {
    return std::nullopt;
  }
  failure->url = redactUrl(toString(options.url));
  return failure;
}

}  // namespace millrace
