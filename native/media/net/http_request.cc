#include "media/net/http_request.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <new>
#include <utility>

#include "media/log_scope.h"
#include "media/net/http_error.h"
#include "media/net/http_headers.h"
#include "media/net/resolver.h"
#include "media/net/trust_store.h"
#include "media/net/user_agent.h"
#include "media/url.h"

namespace millrace {
namespace {

/// Enough for any honest server; a reply head is kept in memory while it is read.
constexpr std::size_t kMaxHeadBytes = 64 * 1024;
constexpr long kReceiveBufferBytes = 64 * 1024;
/// libcurl's largest is 2 MiB. An access unit goes into one, and so to the socket in one piece.
constexpr long kUploadBufferBytes = 1024 * 1024;
constexpr long kKeepAliveSeconds = 15;

struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;
};

/// As libcurl itself reads the URL, so that what is checked is what is connected to.
std::optional<HostAndPort> hostAndPort(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) {
      return std::string();
    }
    const std::unique_ptr<char, decltype(&curl_free)> owned(text, curl_free);
    return std::string(owned.get());
  };
  HostAndPort result;
  result.host = part(CURLUPART_HOST);
  if (result.host.starts_with('[')) result.host = result.host.substr(1, result.host.size() - 2);
  const std::string port = part(CURLUPART_PORT);
  std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (result.host.empty() || result.port == 0) return std::nullopt;
  return result;
}

}  // namespace

bool HttpReply::isRedirect() const {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

HttpRequest::HttpRequest(std::shared_ptr<HttpConnections> connections, HttpRequestOptions options,
                         const AddressPolicy& policy, HttpBody& body)
    : connections_(std::move(connections)),
      options_(std::move(options)),
      policy_(policy),
      site_(options_.stage, options_.url),
      body_(body),
      libraryMessage_(std::make_unique<char[]>(CURL_ERROR_SIZE)),
      transfer_(curl_easy_init()) {
  if (!transfer_) throw std::bad_alloc();
}

HttpRequest::~HttpRequest() { connections_->remove(transfer_.get()); }

Result<std::unique_ptr<HttpRequest>> HttpRequest::prepare(
    std::shared_ptr<HttpConnections> connections, HttpRequestOptions options,
    const AddressPolicy& policy, SteadyTime deadline, HttpBody& body) {
  std::unique_ptr<HttpRequest> request(
      new HttpRequest(std::move(connections), std::move(options), policy, body));
  for (auto step : {&HttpRequest::setHeaders, &HttpRequest::setTls}) {
    if (auto done = (request.get()->*step)(); !done) return std::move(done).error();
  }
  if (auto done = request->pinAddresses(deadline); !done) return std::move(done).error();
  request->setConnection(deadline);
  return request;
}

void HttpRequest::start() { connections_->add(transfer_.get(), *this); }

bool HttpRequest::hasUnsent() const {
  const curl_socket_t active = socket();
  return active != CURL_SOCKET_BAD && connections_->hasUnsent(active);
}

bool HttpRequest::hasUnread() const {
  const curl_socket_t active = socket();
  if (active == CURL_SOCKET_BAD) return false;
  pollfd wait{active, POLLIN, 0};
  return poll(&wait, 1, 0) > 0;
}

curl_off_t HttpRequest::sentBytes() const {
  curl_off_t sent = 0;
  curl_easy_getinfo(transfer_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
  return sent;
}

void HttpRequest::resume() { curl_easy_pause(transfer_.get(), CURLPAUSE_CONT); }

void HttpRequest::limitUnacknowledged(std::chrono::milliseconds timeout) {
  const auto timeoutMs =
      static_cast<unsigned>(std::clamp<std::int64_t>(timeout.count(), 1, INT_MAX));
  setsockopt(socket(), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeoutMs, sizeof timeoutMs);
}

std::optional<Error> HttpRequest::failure() const {
  if (!result_ || *result_ == CURLE_OK) return std::nullopt;
  if (!deniedIp_.empty()) return addressDenied(host_, deniedIp_, site_);
  if (headBytes_ > kMaxHeadBytes) {
    return site_.error(ErrorCode::kProtocol,
                       "The head of the server's reply is larger than 64 KiB.");
  }
  long systemError = 0;
  curl_easy_getinfo(transfer_.get(), CURLINFO_OS_ERRNO, &systemError);
  return httpTransferError(*result_, static_cast<int>(systemError), isConnected(), host_,
                           libraryMessage(), site_);
}

Error HttpRequest::refusal() const { return httpStatusError(reply_, site_); }

Error HttpRequest::timeout(std::chrono::milliseconds waited) const {
  const std::string within = " within " + inSeconds(waited) + ".";
  return site_.error(ErrorCode::kTimedOut,
                     isConnected() ? host_ + " accepted the connection but did not answer" + within
                                   : "No connection to " + host_ + " could be made" + within,
                     libraryMessage());
}

Result<void> HttpRequest::pinAddresses(SteadyTime deadline) {
  const auto target = hostAndPort(options_.url);
  if (!target) {
    return site_.error(ErrorCode::kOptionsInvalid, "This is not a URL that can be connected to.");
  }
  host_ = target->host;
  const std::string& lookedUp = options_.pinnedIp.empty() ? target->host : options_.pinnedIp;
  const auto found =
      resolve(lookedUp, target->port, policy_, connections_->stopToken(), deadline, site_);
  if (!found) return found.error();
  // libcurl is told the addresses, so it never looks one up: its resolver thread would be joined
  // when a transfer is broken off, which can take as long as DNS does.
  std::string entry = target->host + ":" + std::to_string(target->port) + ":";
  for (const SocketAddress& address : *found) {
    if (entry.back() != ':') entry += ',';
    const std::string ip = address.ip();
    entry += ip.find(':') == std::string::npos ? ip : "[" + ip + "]";
  }
  if (target->host.find(':') == std::string::npos) {
    addresses_.reset(curl_slist_append(nullptr, entry.c_str()));
    curl_easy_setopt(transfer_.get(), CURLOPT_RESOLVE, addresses_.get());
  }
  return {};
}

Result<void> HttpRequest::setHeaders() {
  auto lines = httpHeaderLines(options_.headers, site_);
  if (!lines) return std::move(lines).error();
  if (options_.chunkedUpload) {
    lines->push_back("Transfer-Encoding: chunked");
    lines->push_back("Expect:");  // Else libcurl may wait for a "100 Continue" that never comes.
  }
  for (const std::string& line : *lines) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());  // It is a part of `longer` now.
    headers_.reset(longer);
  }
  curl_easy_setopt(transfer_.get(), CURLOPT_HTTPHEADER, headers_.get());
  return {};
}

Result<void> HttpRequest::setTls() {
  CURL* transfer = transfer_.get();
  curl_easy_setopt(transfer, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(transfer, CURLOPT_SSL_VERIFYPEER, options_.tls.verify ? 1L : 0L);
  curl_easy_setopt(transfer, CURLOPT_SSL_VERIFYHOST, options_.tls.verify ? 2L : 0L);
  if (!options_.tls.verify || schemeOf(options_.url) != "https") return {};
  const auto store = trustStore(options_.tls, site_);
  if (!store) return store.error();
  curl_easy_setopt(transfer, CURLOPT_CAINFO, store->c_str());
  // Else a distribution's libcurl adds its own folder of certificates to the CA that was named.
  curl_easy_setopt(transfer, CURLOPT_CAPATH, nullptr);
  return {};
}

void HttpRequest::setConnection(SteadyTime deadline) {
  CURL* transfer = transfer_.get();
  curl_easy_setopt(transfer, CURLOPT_URL, options_.url.c_str());
  curl_easy_setopt(transfer, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(transfer, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(transfer, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(transfer, CURLOPT_PROXY, "");
  curl_easy_setopt(transfer, CURLOPT_USERAGENT, kUserAgent);
  curl_easy_setopt(transfer, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(transfer, CURLOPT_ERRORBUFFER, libraryMessage_.get());
  curl_easy_setopt(transfer, CURLOPT_CONNECTTIMEOUT_MS,
                   std::max<long>(1, remainingUntil(deadline).count()));
  curl_easy_setopt(transfer, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(transfer, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(transfer, CURLOPT_TCP_KEEPIDLE, kKeepAliveSeconds);
  curl_easy_setopt(transfer, CURLOPT_TCP_KEEPINTVL, kKeepAliveSeconds);
  curl_easy_setopt(transfer, CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
  curl_easy_setopt(transfer, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
  // Names are looked up before; should libcurl ever do it again, its thread is not to be waited
  // for.
  curl_easy_setopt(transfer, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(transfer, CURLOPT_OPENSOCKETFUNCTION, &HttpRequest::onOpenSocket);
  curl_easy_setopt(transfer, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(transfer, CURLOPT_HEADERFUNCTION, &HttpRequest::onHeader);
  curl_easy_setopt(transfer, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, &HttpRequest::onReceive);
  curl_easy_setopt(transfer, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(transfer, CURLOPT_READFUNCTION, &HttpRequest::onSupply);
  curl_easy_setopt(transfer, CURLOPT_READDATA, this);
  if (LogScope::wants(LogLevel::kDebug)) {
    curl_easy_setopt(transfer, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(transfer, CURLOPT_DEBUGFUNCTION, &HttpRequest::onTalk);
  }
}

curl_socket_t HttpRequest::socket() const {
  curl_socket_t active = CURL_SOCKET_BAD;
  curl_easy_getinfo(transfer_.get(), CURLINFO_ACTIVESOCKET, &active);
  return active;
}

bool HttpRequest::isConnected() const {
  curl_off_t readyAfterUs = 0;
  curl_easy_getinfo(transfer_.get(), CURLINFO_PRETRANSFER_TIME_T, &readyAfterUs);
  return readyAfterUs > 0;
}

std::string HttpRequest::libraryMessage() const {
  const std::string message(libraryMessage_.get());
  return message.empty() && result_ ? curl_easy_strerror(*result_) : message;
}

void HttpRequest::readHeaderLine(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    reply_ = HttpReply{};
    long status = 0;
    curl_easy_getinfo(transfer_.get(), CURLINFO_RESPONSE_CODE, &status);
    constexpr int kFirstFinal = 200;  // 1xx replies come before the one that counts.
    reply_.status = status >= kFirstFinal ? static_cast<int>(status) : 0;
    reply_.statusLine = line;
  } else if (line.empty()) {
    reply_.headComplete = reply_.status != 0;
  } else if (auto value = httpHeaderValue(line, "content-type")) {
    reply_.contentType = *value;
  } else if (auto target = httpHeaderValue(line, "location")) {
    reply_.location = *target;
  }
}

std::size_t HttpRequest::onHeader(char* line, std::size_t size, std::size_t count, void* self) {
  auto& request = *static_cast<HttpRequest*>(self);
  const std::size_t length = size * count;
  request.headBytes_ += length;
  if (request.headBytes_ > kMaxHeadBytes) return 0;
  request.readHeaderLine({line, length});
  return length;
}

std::size_t HttpRequest::onReceive(char* bytes, std::size_t size, std::size_t count, void* self) {
  const std::size_t length = size * count;
  const bool taken = static_cast<HttpRequest*>(self)->body_.receive({bytes, length});
  return taken ? length : CURL_WRITEFUNC_PAUSE;
}

std::size_t HttpRequest::onSupply(char* into, std::size_t size, std::size_t count, void* self) {
  return static_cast<HttpRequest*>(self)->body_.supply({into, size * count});
}

int HttpRequest::onTalk(CURL*, curl_infotype kind, char* text, std::size_t size, void*) {
  // The other kinds are headers and bodies, where secrets are.
  if (kind != CURLINFO_TEXT) return 0;
  std::string_view line(text, size);
  line = line.substr(0, line.find(" with user '"));
  LogScope::tell(LogLevel::kDebug, "libcurl", line);
  return 0;
}

curl_socket_t HttpRequest::onOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  auto& request = *static_cast<HttpRequest*>(self);
  const SocketAddress peer(address->addr, address->addrlen);
  if (purpose != CURLSOCKTYPE_IPCXN || !permits(request.policy_, peer.get())) {
    request.deniedIp_ = peer.ip();
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace millrace
