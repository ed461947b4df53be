#include "media/net/http_error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "media/net/http_request.h"

namespace millrace {
namespace {

Error connectError(int systemError, const std::string& host, const std::string& cause,
                   const FailureSite& site) {
  switch (systemError) {
    case ETIMEDOUT:
      return site.error(ErrorCode::kTimedOut, host + " does not answer.", cause);
    case ECONNRESET:
      return site.error(ErrorCode::kConnectionReset,
                        host + " broke the connection off while it was being made.", cause);
    case EHOSTUNREACH:
    case ENETUNREACH:
      return site.error(ErrorCode::kConnectionRefused,
                        host + " cannot be reached: there is no route to it.", cause);
    default:
      return site.error(ErrorCode::kConnectionRefused,
                        host + " refused the connection: nothing listens on that port.", cause);
  }
}

Error brokenError(int systemError, const std::string& host, const std::string& cause,
                  const FailureSite& site) {
  // What TCP_USER_TIMEOUT and keep-alive report: the peer is gone without a word.
  if (systemError == ETIMEDOUT) {
    return site.error(ErrorCode::kStalled, host + " no longer acknowledges what is sent to it.",
                      cause);
  }
  return site.error(ErrorCode::kConnectionReset, host + " broke the connection off.", cause);
}

}  // namespace

Error httpTransferError(CURLcode result, int systemError, bool connected, const std::string& host,
                        const std::string& cause, const FailureSite& site) {
  switch (result) {
    case CURLE_URL_MALFORMAT:
      return site.error(ErrorCode::kOptionsInvalid, "This is not a URL that can be connected to.",
                        cause);
    case CURLE_COULDNT_RESOLVE_HOST:
      return site.error(ErrorCode::kHostNotFound, "There is no host named " + host + ".", cause);
    case CURLE_COULDNT_CONNECT:
      return connectError(systemError, host, cause, site);
    case CURLE_OPERATION_TIMEDOUT:
      return site.error(ErrorCode::kTimedOut,
                        "No connection to " + host + " could be made in time.", cause);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return site.error(ErrorCode::kTlsUntrusted,
                        "The certificate of " + host +
                            " is not trusted: it is not signed by a "
                            "known authority, or not made out for this name, or out of date.",
                        cause);
    case CURLE_SSL_CACERT_BADFILE:
      return site.error(
          ErrorCode::kTlsUntrusted,
          "The file of trusted certificates cannot be used, so " + host + " cannot be verified.",
          cause);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_SHUTDOWN_FAILED:
      return site.error(ErrorCode::kTlsFailed, "TLS with " + host + " failed.", cause);
    case CURLE_PARTIAL_FILE:
      return site.error(ErrorCode::kConnectionReset,
                        host + " ended the connection before the end of what it announced.", cause);
    case CURLE_GOT_NOTHING:
      return site.error(ErrorCode::kConnectionReset,
                        host + " closed the connection without an answer.", cause);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return connected
                 ? brokenError(systemError, host, cause, site)
                 : connectError(systemError == 0 ? ECONNRESET : systemError, host, cause, site);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return site.error(ErrorCode::kProtocol, host + " does not answer in proper HTTP.", cause);
    default:
      return site.error(ErrorCode::kProtocol, "The HTTP transfer with " + host + " failed.", cause);
  }
}

Error httpStatusError(const HttpReply& reply, const FailureSite& site) {
  std::string line = reply.statusLine;
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  const std::string status = std::to_string(reply.status);
  Error error = site.error(ErrorCode::kHttpStatus, "The server answered " + status + ".", line);
  error.httpStatus = reply.status;
  switch (reply.status) {
    case 401:
    case 403:
      error.code = ErrorCode::kUnauthorized;
      error.message = "The server does not allow this (" + status +
                      "): check the credentials or the token in the URL.";
      break;
    case 404:
    case 410:
      error.code = ErrorCode::kNotFound;
      error.message = "The server has nothing at this URL (" + status + ").";
      break;
    default:
      if (reply.isRedirect()) {
        error.message =
            "The server answered with a redirect (" + status + ") that cannot be followed here.";
      } else if (reply.status >= 500) {
        error.message = "The server failed (" + status + ").";
      }
      break;
  }
  return error;
}

}  // namespace millrace
