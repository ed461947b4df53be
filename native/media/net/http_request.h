#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "media/error.h"
#include "media/job/job_options.h"
#include "media/net/address_policy.h"
#include "media/net/failure_site.h"
#include "media/net/http_connections.h"

namespace millrace {

/// What every HTTP request is made from, whichever way its body goes.
struct HttpRequestOptions {
  Stage stage = Stage::kSource;
  std::string url;
  HttpHeaders headers;
  TlsOptions tls;
  std::string pinnedIp;        ///< Connect here instead of looking the host up; not checked again.
  bool chunkedUpload = false;  ///< The request has a body, of a length nobody knows yet.
};

/// What the server has said so far.
struct HttpReply {
  int status = 0;  ///< 0: no final reply yet.
  std::string statusLine;
  std::string contentType;
  std::string location;  ///< As sent: it may be relative.
  bool headComplete = false;

  bool isSuccess() const { return status >= 200 && status < 300; }
  bool isRedirect() const;
};

/// Where a request's bodies go to and come from.
class HttpBody {
 public:
  /// Takes all of `bytes` and returns true, or nothing and returns false: then the transfer pauses.
  virtual bool receive(std::span<const char> bytes) = 0;
  /// Fills a part of `into` and returns its size, 0 at the end, or CURL_READFUNC_PAUSE.
  virtual std::size_t supply(std::span<char> into) = 0;

 protected:
  ~HttpBody() = default;
};

/// One HTTP/1.1 request as libcurl makes it: resolved, checked and connected under the address
/// policy, with TLS verified. Redirects are not followed here, so that each can be checked.
///
/// The environment's proxy settings are ignored: a proxy would connect where the address policy
/// cannot see, and hold back bytes that must not wait. Threads: its HttpConnections' thread only.
class HttpRequest final : private HttpTransferListener {
 public:
  /// Resolves and prepares; nothing is sent before `start`. `body` outlives the request.
  static Result<std::unique_ptr<HttpRequest>> prepare(std::shared_ptr<HttpConnections> connections,
                                                      HttpRequestOptions options,
                                                      const AddressPolicy& policy,
                                                      SteadyTime deadline, HttpBody& body);
  ~HttpRequest();
  HttpRequest(const HttpRequest&) = delete;
  HttpRequest& operator=(const HttpRequest&) = delete;

  /// For options of one direction only, before `start`.
  CURL* handle() const { return transfer_.get(); }
  void start();

  const HttpReply& reply() const { return reply_; }
  bool isDone() const { return result_.has_value(); }
  /// Bytes that libcurl holds and the kernel has not taken yet.
  bool hasUnsent() const;
  /// Whether bytes wait in the kernel to be read.
  bool hasUnread() const;
  /// Bytes of the request's body (with chunk framing) that the kernel has taken.
  curl_off_t sentBytes() const;
  void resume();
  /// Breaks the connection off when what was sent is not acknowledged for that long. A peer that is
  /// gone without a word takes bytes until the kernel's buffers are full, which is seconds of
  /// media. Once connected: before, it would cut the time to connect as well.
  void limitUnacknowledged(std::chrono::milliseconds timeout);

  /// Why the transfer ended; nullopt when it ended properly, or has not ended.
  std::optional<Error> failure() const;
  /// The typed error of a reply that is no success.
  Error refusal() const;
  /// How far the connection came, for whoever gives up waiting.
  Error timeout(std::chrono::milliseconds waited) const;
  const FailureSite& site() const { return site_; }

 private:
  struct EasyDeleter {
    void operator()(CURL* transfer) const { curl_easy_cleanup(transfer); }
  };
  struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using StringList = std::unique_ptr<curl_slist, ListDeleter>;

  HttpRequest(std::shared_ptr<HttpConnections> connections, HttpRequestOptions options,
              const AddressPolicy& policy, HttpBody& body);

  Result<void> pinAddresses(SteadyTime deadline);
  Result<void> setHeaders();
  Result<void> setTls();
  void setConnection(SteadyTime deadline);
  curl_socket_t socket() const;
  void readHeaderLine(std::string_view line);
  void onTransferDone(CURLcode result) override { result_ = result; }
  bool isConnected() const;
  std::string libraryMessage() const;

  static std::size_t onHeader(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t onReceive(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t onSupply(char* into, std::size_t size, std::size_t count, void* self);
  static int onTalk(CURL* transfer, curl_infotype kind, char* text, std::size_t size, void* unused);
  static curl_socket_t onOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);

  std::shared_ptr<HttpConnections> connections_;
  HttpRequestOptions options_;
  AddressPolicy policy_;
  FailureSite site_;
  HttpBody& body_;
  std::string host_;
  std::string deniedIp_;  ///< Set when libcurl wanted an address that the policy forbids.
  std::size_t headBytes_ = 0;
  HttpReply reply_;
  std::optional<CURLcode> result_;
  std::unique_ptr<char[]> libraryMessage_;
  StringList headers_;
  StringList addresses_;
  std::unique_ptr<CURL, EasyDeleter> transfer_;
};

}  // namespace millrace
